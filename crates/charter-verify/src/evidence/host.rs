//! The facts of this machine that a figure depends on.

use std::collections::BTreeMap;

use charter_plan::evidence::Host;

/// Reads them from `/proc` and `/etc/os-release`; what cannot be read stays empty. The version of this tool is one of them.
pub fn host_facts() -> Host {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let mut facts = BTreeMap::new();
    if let Some(average) = read("/proc/loadavg").split_whitespace().next() {
        facts.insert("load_average_1m".to_owned(), average.to_owned());
    }
    facts.insert("charter".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    Host {
        os: field(&read("/etc/os-release"), "PRETTY_NAME", '=').trim_matches('"').to_owned(),
        kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        cpu: field(&read("/proc/cpuinfo"), "model name", ':'),
        cores: std::thread::available_parallelism().map_or(0, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX)),
        memory_bytes: memory_bytes(&read("/proc/meminfo")),
        facts,
    }
}

/// The value of the first line `name SEPARATOR value`.
fn field(text: &str, name: &str, separator: char) -> String {
    let found = text.lines().filter_map(|line| line.split_once(separator)).find(|(key, _)| key.trim() == name);
    found.map_or_else(String::new, |(_, value)| value.trim().to_owned())
}

fn memory_bytes(text: &str) -> u64 {
    let kibibytes = field(text, "MemTotal", ':');
    kibibytes.split_whitespace().next().and_then(|number| number.parse::<u64>().ok()).map_or(0, |number| number.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_from_the_text_that_linux_writes() {
        assert_eq!(field("processor\t: 0\nmodel name\t: Some CPU @ 2.0GHz\n", "model name", ':'), "Some CPU @ 2.0GHz");
        assert_eq!(memory_bytes("MemTotal:       24689600 kB\nMemFree: 1 kB\n"), 24_689_600 * 1024);
        assert_eq!((field("", "x", ':'), memory_bytes("MemTotal: ? kB")), (String::new(), 0));
        let host = host_facts();
        assert!(host.cores >= 1);
        assert_eq!(host.facts.get("charter").map(String::as_str), Some(env!("CARGO_PKG_VERSION")));
    }
}
