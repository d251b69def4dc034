workspace "Clinic" "Everything about it" {
    !identifiers hierarchical
    !const HOST "example.org"
    !docs docs
    model {
        !impliedRelationships true
        archetypes {
            service = container {
                technology "Go"
                tags "Service"
            }
        }
        properties {
            "structurizr.groupSeparator" "/"
        }
        patient = person "Patient" "Asks for help"
        group "Clinic Ltd" {
            nurse = person "Nurse" "Answers" "Staff"
            group "Floor One" {
                clinic = softwareSystem "Clinic System" "Runs the clinic" "Core" {
                    url https://clinic.example.org
                    properties {
                        "Cost Centre" "17"
                    }
                    perspectives {
                        "Security" "Holds health data" "high"
                    }
                    desk = service "Front Desk" "Takes calls" {
                        perspectives {
                            "Security" "Faces the world"
                        }
                        group "Inside" {
                            queue = component "Waiting Queue" "Keeps callers" "Ring buffer"
                        }
                    }
                    files = container "Patient Files" "" "PostgreSQL" "Database" {
                        url https://files.example.org
                    }
                }
            }
        }
        lab = softwareSystem "Laboratory" "Tests blood" "Outside" {
            intake = container "Intake" "Takes samples" "Java" {
                reader = component "Barcode Reader" "Reads labels" "USB"
            }
        }
        robot = element "Robot" "Hardware" "Carries samples" "Machine"
        calls = patient -> clinic.desk "Calls" "Phone" "Voice" {
            url https://calls.example.org
            properties {
                minutes "5"
            }
            perspectives {
                "Security" "Nobody listens"
            }
        }
        patient -> clinic "Is helped by"
        nurse -> clinic.desk "Answers at" "" "Voice,Daily"
        clinic.desk -> clinic.files "Reads" "SQL"
        clinic.desk -> clinic.files "Writes" "SQL" "Slow"
        clinic.desk -> lab.intake.reader "Sends samples to" "Courier" "Async"
        robot -> lab "Carries to"
        lab -> patient "Sends results to"
        live = deploymentEnvironment "Live" {
            deploymentNode "Server" "In the cellar" "Debian" {
                desk = containerInstance clinic.desk {
                    healthCheck "Up" https://${HOST}/up
                }
                containerInstance clinic.files
            }
        }
    }
    views {
        systemContext clinic "Clinic" {
            include *
            autolayout lr
        }
        dynamic clinic "Call" {
            patient -> clinic.desk "rings"
        }
        styles {
            element "Person" {
                shape robot
            }
            relationship "Async" {
                dashed true
            }
        }
        theme default
    }
    configuration {
        scope softwaresystem
    }
}
