//! Whether a region lies in an area such as the EU. Names alone mislead: `eu-west-2` is London and `eu-central-2` is Zurich.
//!
//! What may not leave an area belongs to lint.

/// Member states of the European Union by ISO 3166-1 code.
const EU: &[&str] = &[
    "at", "be", "bg", "hr", "cy", "cz", "dk", "ee", "fi", "fr", "de", "gr", "hu", "ie", "it", "lv", "lt", "lu", "mt", "nl", "pl", "pt",
    "ro", "sk", "si", "es", "se",
];
/// What the European Economic Area has besides.
const EEA_MORE: &[&str] = &["is", "li", "no"];

/// Regions of clouds with the country that they lie in, where the name does not end in one.
const REGIONS: &[(&str, &str)] = &[
    // AWS
    ("eu-central-1", "de"),
    ("eu-central-2", "ch"),
    ("eu-west-1", "ie"),
    ("eu-west-2", "gb"),
    ("eu-west-3", "fr"),
    ("eu-north-1", "se"),
    ("eu-south-1", "it"),
    ("eu-south-2", "es"),
    ("eusc-de-east-1", "de"),
    // Google Cloud
    ("europe-west1", "be"),
    ("europe-west2", "gb"),
    ("europe-west3", "de"),
    ("europe-west4", "nl"),
    ("europe-west6", "ch"),
    ("europe-west8", "it"),
    ("europe-west9", "fr"),
    ("europe-west10", "de"),
    ("europe-west12", "it"),
    ("europe-north1", "fi"),
    ("europe-north2", "se"),
    ("europe-central2", "pl"),
    ("europe-southwest1", "es"),
    // Azure
    ("westeurope", "nl"),
    ("northeurope", "ie"),
    ("germanywestcentral", "de"),
    ("germanynorth", "de"),
    ("francecentral", "fr"),
    ("francesouth", "fr"),
    ("swedencentral", "se"),
    ("italynorth", "it"),
    ("polandcentral", "pl"),
    ("spaincentral", "es"),
    ("austriaeast", "at"),
    ("belgiumcentral", "be"),
    ("norwayeast", "no"),
    ("norwaywest", "no"),
    ("switzerlandnorth", "ch"),
    ("switzerlandwest", "ch"),
    ("uksouth", "gb"),
    ("ukwest", "gb"),
];

/// How names of regions in the United States begin, at the large clouds.
const US: &[&str] = &["us-", "usgov", "eastus", "westus", "centralus", "northcentralus", "southcentralus", "westcentralus"];

/// How names of regions outside Europe begin, at the large clouds.
const OUTSIDE: &[&str] = &[
    "us",
    "ca-",
    "sa-",
    "ap-",
    "af-",
    "me-",
    "il-",
    "cn-",
    "mx-",
    "asia-",
    "northamerica-",
    "southamerica-",
    "australia",
    "africa-",
    "japan",
    "korea",
    "india",
    "brazil",
    "canada",
    "eastus",
    "westus",
    "centralus",
    "southeastasia",
    "eastasia",
    "uae",
    "qatar",
    "israel",
];

/// Whether a region lies in an area: `EU`, `EEA`, a country code, or the region itself. `None` when it is not known where the region lies.
pub fn in_area(region: &str, area: &str) -> Option<bool> {
    let region = region.trim().to_ascii_lowercase();
    let area = area.trim().to_ascii_lowercase();
    if region == area {
        return Some(true);
    }
    let within = |country: &str| match area.as_str() {
        "eu" => EU.contains(&country),
        "eea" => EU.contains(&country) || EEA_MORE.contains(&country),
        _ => country == area,
    };
    if region == "eu" {
        return (area == "eea").then_some(true).or(None);
    }
    if let Some((_, country)) = REGIONS.iter().find(|(name, _)| *name == region) {
        return Some(within(country));
    }
    if region.len() == 2 {
        let known = EU.contains(&region.as_str()) || EEA_MORE.contains(&region.as_str());
        let outside = ["us", "gb", "uk", "ch", "cn", "in", "jp", "au", "ca", "br", "sg", "kr"].contains(&region.as_str());
        return (known || outside).then(|| within(&region));
    }
    if US.iter().any(|start| region.starts_with(start)) {
        return Some(within("us"));
    }
    // Which country of the rest of the world a region lies in is not known here; that it is none of Europe's, and not the United States, is.
    let told_apart = area.len() > 3
        || EU.contains(&area.as_str())
        || EEA_MORE.contains(&area.as_str())
        || ["eu", "eea", "us", "gb", "ch"].contains(&area.as_str());
    (told_apart && OUTSIDE.iter().any(|start| region.starts_with(start))).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::in_area;

    #[test]
    fn names_that_begin_with_eu_may_lie_outside_it() {
        assert_eq!(in_area("eu-central-1", "EU"), Some(true));
        assert_eq!(in_area("eu-west-2", "EU"), Some(false));
        assert_eq!(in_area("eu-central-2", "EU"), Some(false));
        assert_eq!(in_area("EU", "EU"), Some(true));
        assert_eq!(in_area("us-east-1", "EU"), Some(false));
        assert_eq!(in_area("de", "EU"), Some(true));
        assert_eq!(in_area("no", "EU"), Some(false));
        assert_eq!(in_area("norwayeast", "EEA"), Some(true));
        assert_eq!(in_area("somewhere", "EU"), None);
    }

    #[test]
    fn regions_of_the_united_states_are_known_by_how_they_begin() {
        assert_eq!(in_area("us-east-1", "US"), Some(true));
        assert_eq!(in_area("us-central1", "US"), Some(true));
        assert_eq!(in_area("eastus2", "US"), Some(true));
        assert_eq!(in_area("us", "US"), Some(true));
        assert_eq!(in_area("ca-central-1", "US"), Some(false));
        assert_eq!(in_area("eu-central-1", "US"), Some(false));
        assert_eq!(in_area("ca-central-1", "ca"), None, "only the names of Europe and the United States are known by country");
    }
}
