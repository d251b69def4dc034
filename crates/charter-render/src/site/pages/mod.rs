//! One file a page. A page says what the charter declares, what follows from it, and what was shown; where there is nothing to say it says so.

mod architecture;
mod assurance;
pub(super) mod brief;
mod capacity;
mod challenges;
mod changes;
mod compliance;
mod constraints;
mod cost;
mod data;
mod decision;
mod decisions;
mod degradation;
mod dependencies;
mod evidence;
mod findings;
mod glossary;
mod latency;
mod model;
mod models;
mod path;
mod risks;
mod roadmap;
mod routes;
mod rules;
mod scenarios;
mod stakeholders;
mod trace;
mod waivers;

use super::book;
use super::input::File;
use super::shell;
use super::site::Site;

pub(super) fn all(site: &Site<'_>) -> Vec<File> {
    let mut pages = vec![
        brief::page(site),
        scenarios::page(site),
        constraints::page(site),
        stakeholders::page(site),
        trace::page(site),
        architecture::page(site),
        dependencies::page(site),
        data::page(site),
        routes::page(site),
        models::page(site),
        degradation::page(site),
        changes::page(site),
        latency::page(site),
        capacity::page(site),
        cost::page(site),
        decisions::page(site),
        risks::page(site),
        challenges::page(site),
        compliance::page(site),
        assurance::page(site),
        roadmap::page(site),
        evidence::page(site),
        findings::page(site),
        waivers::page(site),
        rules::page(site),
        glossary::page(site),
    ];
    pages.extend(model::pages(site));
    pages.extend(decision::pages(site));
    pages.push(book::page(site, &pages));
    pages.iter().map(|content| shell::page(site, content)).collect()
}
