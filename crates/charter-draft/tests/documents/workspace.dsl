/* A shop,
   as its architects see it. */
workspace "Shop" "Sells things" {
    !identifiers hierarchical
    !const PROVIDER "Mail Ltd"
    model {
        archetypes {
            api = container {
                technology "Rust"
                tag "API"
            }
        }
        # people
        customer = person "Customer" "Buys \
            things" "External User"
        group "Shop Ltd" {
            clerk = person "Clerk"
            shop = softwareSystem "Shop" "Sells things to customers" {
                !docs docs
                web = container "Web" "Shows the shop" "TypeScript" "Browser"
                api = api "Shop API" {
                    description "Takes orders"
                    properties {
                        "owner" "team-a"
                        "cost centre" "42"
                    }
                    orders = component "Orders" "Takes orders" "axum" {
                        -> shop.db "writes to" "SQL"
                    }
                    prices = component "Prices"
                    orders -> prices "asks"
                }
                db = container "Database" "Keeps orders" "PostgreSQL" "Database" {
                    url https://db.example.org
                }
                web -> api "calls" "JSON/HTTPS"
            }
        }
        mail = softwareSystem "Mail" "Sends mail, by ${PROVIDER}" {
            tags "Existing System"
            outbox = container "Outbox" "" "Queue"
        }
        warehouse = softwareSystem "Warehouse"
        customer -> shop "Buys from"
        customer -> shop.web "Looks around in" "HTTPS" "Important"
        clerk -> warehouse "Packs in"
        shop.api -> mail.outbox "Sends mail by" "SMTP"
        warehouse -> shop.api "Asks for orders" "REST"
        mail -> customer "Sends mail to"
        shop -> nothing "Hopes for"
        live = deploymentEnvironment "Live" {
            deploymentNode "Server" {
                containerInstance shop.web
            }
        }
    }
    views {
        systemContext shop "Context" {
            include *
            autolayout
        }
        theme default
    }
}
