//! Everything that follows from the document without changing it: who refers to whom, and every derived figure. Holes are allowed everywhere.
//!
//! Judging a figure belongs to lint; refusing what cannot run belongs to `compile`.

mod attribution;
mod availability;
mod capacity;
mod cost;
mod figure;
mod index;
mod ladders;
mod latency;
mod load;
pub(crate) mod metrics;
mod needs;
mod proof;
mod references;
mod regions;
mod residency;
mod roadmap;
mod usage;
mod waiting;

pub use attribution::{Attribution, CostShare};
pub use availability::{AvailabilityFigures, AvailabilityPromise, Chain, HardDependency, HardReason};
pub(crate) use capacity::whole;
pub use capacity::{CapacityFigures, QueueFigures, ServedCapacity, StorageFigures};
pub use cost::{CostFigures, CostItem, ServedCost};
pub use figure::{Assumption, Figure, Input};
pub use index::{Element, Index};
pub use ladders::{Ladder, LadderOrigin, LadderRung, Ladders, RungMeans};
pub(crate) use latency::quantile;
pub use latency::{Arrangement, BudgetFigures, LatencyFigures, OverrideFigures, StageFigures, StagePlace};
pub use load::{LoadFigures, ServedLoad, UsersAgainstRate};
pub(crate) use load::{first_models, is_whole};
pub use needs::Need;
pub use proof::RequirementProof;
pub use references::{Reference, References};
pub use regions::in_area;
pub use residency::{Residency, inside, residency};
pub use roadmap::{PhaseFigures, RoadmapFigures};
pub use usage::ProviderCalls;
pub use waiting::WaitFigures;

use crate::contract::{Contract, read_contract};
use charter_spec::quantity::Date;
use charter_spec::{FileSet, Spec};
use std::collections::BTreeMap;

/// A document with everything that can be derived from it.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The document itself.
    pub spec: Spec,
    /// Where each element is declared.
    pub index: Index,
    /// Who refers to whom.
    pub references: References,
    pub load: LoadFigures,
    pub capacity: CapacityFigures,
    pub latency: LatencyFigures,
    pub cost: CostFigures,
    /// The bill by route, model and team.
    pub attribution: Attribution,
    pub ladders: Ladders,
    pub availability: AvailabilityFigures,
    pub roadmap: RoadmapFigures,
    /// How each scenario and constraint can be proved.
    pub proofs: Vec<RequirementProof>,
    /// Contracts by path; one that the charter names and that is not here is missing from the files.
    pub contracts: BTreeMap<String, Contract>,
    /// The day that each file of evidence gives itself, by path; a file that is not there, or gives none, is missing.
    pub evidence_dates: BTreeMap<String, Date>,
}

/// Derives what can be derived. Time and memory are linear in the document.
///
/// `files` are those that the document was read from and those that it names, as far as they are there.
pub fn resolve(spec: Spec, files: &FileSet) -> Resolved {
    let index = Index::new(&spec);
    let references = References::new(&spec, &index);
    let load = LoadFigures::new(&spec);
    let capacity = CapacityFigures::new(&spec, &load);
    let latency = LatencyFigures::new(&spec);
    let cost = CostFigures::new(&spec, &capacity, &load);
    let attribution = Attribution::new(&spec, &load, &cost);
    let contracts = contracts(&spec, files);
    let evidence_dates = evidence_dates(&spec, files);
    let proofs = proof::proofs(&spec);
    let roadmap = RoadmapFigures::new(&spec);
    let ladders = Ladders::new(&spec, &index);
    let availability = AvailabilityFigures::new(&spec, &index, &ladders);
    Resolved {
        spec,
        index,
        references,
        load,
        capacity,
        latency,
        cost,
        attribution,
        ladders,
        availability,
        roadmap,
        proofs,
        contracts,
        evidence_dates,
    }
}

/// Every contract that the charter names, read once.
fn contracts(spec: &Spec, files: &FileSet) -> BTreeMap<String, Contract> {
    let routes = spec.routes.iter().filter_map(|route| route.input.as_ref());
    let dependencies = spec.dependencies.iter().filter_map(|dependency| dependency.contract.as_ref());
    let data = spec.data.iter().filter_map(|data| data.contract.as_ref());
    let mut contracts = BTreeMap::new();
    for file in routes.chain(dependencies).chain(data) {
        let path = file.value.as_str();
        if !contracts.contains_key(path)
            && let Some(contract) = read_contract(files, path)
        {
            contracts.insert(path.to_owned(), contract);
        }
    }
    contracts
}

/// The day of every file that a control names as evidence, each read once.
fn evidence_dates(spec: &Spec, files: &FileSet) -> BTreeMap<String, Date> {
    let mut dates = BTreeMap::new();
    for file in spec.controls.iter().flat_map(|control| &control.evidence) {
        let path = file.value.as_str();
        if !dates.contains_key(path)
            && let Some(date) = files.get(path).and_then(crate::age::date_of)
        {
            dates.insert(path.to_owned(), date);
        }
    }
    dates
}
