//! How much of everything is needed: replicas, memory, queues, storage, and what is left after losing a zone.
//!
//! Prices belong to `cost`.

use super::figure::Figure;
use super::index::Element;
use super::load::LoadFigures;
use super::waiting::WaitFigures;
use crate::arithmetic::capacity as formula;
use crate::arithmetic::derivation::{Derivation, number, percent};
use crate::arithmetic::load::rate;
use charter_spec::ast::{Capacity, ModelCapacity, Queue, Storage};
use charter_spec::names::Entry;
use charter_spec::{Field, Id, SectionName, Span, Spec};
use std::collections::HashMap;

/// Zones that are assumed where the document gives no number.
const ZONES_ASSUMED: u32 = 3;

/// What the section `capacity` comes to.
#[derive(Clone, Debug, Default)]
pub struct CapacityFigures {
    /// The safety factor, as written.
    pub safety: Option<Figure>,
    /// Zones, as written.
    pub zones: Option<Figure>,
    /// Use of what is left when one of equal zones is lost, at `1 ÷ safety`; three zones are assumed where none are written.
    pub zone_loss: Option<Figure>,
    /// Routes and models with capacity figures, in document order.
    pub models: Vec<ServedCapacity>,
    pub queues: Vec<QueueFigures>,
    pub storage: Vec<StorageFigures>,
    by_id: HashMap<Id, usize>,
}

/// The size of one route or model. What is written stands in `spec.capacity.models`.
#[derive(Clone, Debug)]
pub struct ServedCapacity {
    pub id: Id,
    /// The route or model that it extends.
    pub element: Element,
    /// The key in `capacity`.
    pub span: Span,
    pub peak_rps: Option<Figure>,
    /// `ceil(peak ÷ throughput × safety)`, at least `min_replicas`.
    pub replicas: Option<Figure>,
    /// Replicas that will run: those written, else those computed.
    pub planned: Option<Figure>,
    /// What `replicas` wants, as a clause a line: `capacity.fraud.throughput is not stated`; empty when they are known.
    pub unknown: Vec<String>,
    /// `model + batch × item + overhead`, in bytes.
    pub memory_bytes: Option<Figure>,
    /// Memory of one device, in bytes: written here, else `cost.unit.gpu_memory` on a GPU.
    pub device_bytes: Option<Figure>,
    /// Peak ÷ (replicas × throughput), a ratio.
    pub utilization: Option<Figure>,
    /// Use of what is left when the fullest zone is lost, a ratio.
    pub zone_loss: Option<Figure>,
    /// How long calls wait for a replica at the peak, and how busy the rest is when one is lost.
    pub wait: WaitFigures,
    /// Time until a batch is full at the peak of one replica, in ms.
    pub batch_fill_ms: Option<Figure>,
    /// Time from start to the first answer, in ms, as written.
    pub load_time_ms: Option<Figure>,
    /// Where the document lets replicas go to zero: `scale_to_zero: true` or `min_replicas: 0`.
    pub scales_to_zero: Option<Span>,
}

#[derive(Clone, Debug)]
pub struct QueueFigures {
    pub id: Id,
    pub span: Span,
    /// `wait × drain`, in items.
    pub depth: Option<Figure>,
}

#[derive(Clone, Debug)]
pub struct StorageFigures {
    pub id: Id,
    pub span: Span,
    /// `daily × retention × replication`, in bytes.
    pub bytes: Option<Figure>,
}

impl CapacityFigures {
    /// The figures of a route or model by the key in `capacity`.
    pub fn of(&self, id: &str) -> Option<&ServedCapacity> {
        self.by_id.get(id).and_then(|at| self.models.get(*at))
    }

    pub(super) fn new(spec: &Spec, load: &LoadFigures) -> Self {
        let Some(capacity) = &spec.capacity else { return Self::default() };
        let mut figures = Self {
            safety: capacity.safety.as_ref().map(|safety| Figure::written(safety.factor(), "×", "capacity.safety", safety.span)),
            zones: capacity.zones.as_ref().map(|zones| Figure::written(number_of(zones), "zones", "capacity.zones", zones.span)),
            ..Self::default()
        };
        figures.zone_loss = figures.even_zone_loss();
        for entry in &capacity.models {
            let served = figures.served(spec, capacity, entry, load);
            figures.by_id.insert(served.id.clone(), figures.models.len());
            figures.models.push(served);
        }
        figures.queues = capacity.queues.iter().map(queue).collect();
        figures.storage = capacity.storage.iter().map(storage).collect();
        figures
    }

    /// `None` when more zones are written than can be counted.
    fn zone_count(&self) -> Option<u32> {
        self.zones.as_ref().map_or(Some(ZONES_ASSUMED), |zones| counted(zones.value()))
    }

    /// Adds the zones, or that they were assumed.
    fn in_zones(&self, figure: Figure) -> Figure {
        match &self.zones {
            Some(zones) => figure.from(zones),
            None => figure.assume(format!("replicas are spread over {ZONES_ASSUMED} zones"), "capacity.zones"),
        }
    }

    fn even_zone_loss(&self) -> Option<Figure> {
        let safety = self.safety.as_ref()?;
        let derivation = formula::busy_after_zone_loss(safety.value(), self.zone_count()?, None)?;
        let figure = self.in_zones(Figure::derived(derivation)?.from(safety));
        Some(figure.assume("replicas are spread evenly and run at 1 ÷ safety at the peak", "capacity"))
    }

    fn served(&self, spec: &Spec, capacity: &Capacity, entry: &Entry<ModelCapacity>, load: &LoadFigures) -> ServedCapacity {
        let id = &entry.id.value;
        let section = if spec.routes.contains(id) { SectionName::Routes } else { SectionName::Models };
        let element = Element::new(section, id);
        let sized = &entry.value.value;
        let name = |key: &str| format!("capacity.{id}.{key}");
        let peak = load.of(&element).and_then(|load| load.peak_rps.clone());
        let throughput = sized.throughput.as_ref().map(|rate| Figure::written(rate.per_second(), "rps", name("throughput"), rate.span));
        let replicas = self.replicas(id, sized, peak.as_ref(), throughput.as_ref());
        let planned = sized
            .replicas
            .as_ref()
            .map(|written| Figure::written(number_of(written), "replicas", name("replicas"), written.span))
            .or_else(|| replicas.clone());
        let utilization = busy(peak.as_ref(), planned.as_ref(), throughput.as_ref());
        let zone_loss = utilization.as_ref().zip(planned.as_ref()).and_then(|(busy, planned)| {
            let derivation = formula::busy_after_losing_fullest_zone(busy.value(), self.zone_count()?, counted(planned.value())?)?;
            // Infinite when nothing is left, and that is the finding.
            Some(self.in_zones(Figure::new(derivation).from(busy)))
        });
        let batch_fill_ms = sized.batch.as_ref().zip(peak.as_ref()).zip(planned.as_ref()).and_then(|((batch, peak), planned)| {
            let derivation = formula::batch_fill_ms(number_of(batch), peak.value() / planned.value().max(1.0))?;
            Some(Figure::derived(derivation)?.input(name("batch"), batch.span).from(peak).from(planned))
        });
        let gpu = sized.device.as_ref().is_some_and(|device| device.value == charter_spec::ast::Device::Gpu);
        let priced = spec.cost.as_ref().and_then(|cost| cost.unit.as_ref()).and_then(|unit| unit.gpu_memory.as_ref()).filter(|_| gpu);
        let written = sized.memory.as_ref().map(|memory| (name("memory"), memory));
        let device = written.or_else(|| priced.map(|memory| ("cost.unit.gpu_memory".to_owned(), memory)));
        let _ = capacity;
        let unknown = if replicas.is_some() { Vec::new() } else { unknown(id, throughput.as_ref(), load, &element) };
        let mut served = ServedCapacity {
            id: id.clone(),
            element,
            span: entry.id.span,
            peak_rps: peak,
            unknown,
            replicas,
            planned,
            memory_bytes: memory(id, sized),
            device_bytes: device.map(|(name, memory)| Figure::written(memory.bytes(), "bytes", name, memory.span)),
            utilization,
            zone_loss,
            batch_fill_ms,
            load_time_ms: sized.load_time.as_ref().map(|time| Figure::written(time.millis(), "ms", name("load_time"), time.span)),
            scales_to_zero: scales_to_zero(sized),
            wait: WaitFigures::default(),
        };
        served.wait = WaitFigures::new(id, sized, &served);
        served
    }

    fn replicas(&self, id: &Id, sized: &ModelCapacity, peak: Option<&Figure>, throughput: Option<&Figure>) -> Option<Figure> {
        let (peak, throughput) = (peak?, throughput?);
        let minimum = sized.min_replicas.as_ref();
        let safety = self.safety.as_ref().map_or(1.0, Figure::value);
        let least = minimum.map_or(Some(0), |minimum| counted(number_of(minimum)))?;
        let derivation = formula::replicas(peak.value(), throughput.value(), safety, least)?;
        let mut figure = Figure::derived(derivation)?.from(peak).from(throughput);
        figure = match &self.safety {
            Some(safety) => figure.from(safety),
            None => figure.assume("no safety factor is applied", "capacity.safety"),
        };
        Some(match minimum {
            Some(minimum) => figure.input(format!("capacity.{id}.min_replicas"), minimum.span),
            None => figure,
        })
    }
}

/// Why the number of replicas is not known.
fn unknown(id: &Id, throughput: Option<&Figure>, load: &LoadFigures, element: &Element) -> Vec<String> {
    let mut reasons = Vec::new();
    if load.peak_rps.is_none() {
        reasons.push("load.peak is not stated".to_owned());
    } else if load.of(element).is_none_or(|load| load.share.is_none()) {
        reasons.push(format!("load.mix.{id} is not stated"));
    }
    match throughput {
        None => reasons.push(format!("capacity.{id}.throughput is not stated")),
        Some(throughput) if throughput.value() <= 0.0 => {
            reasons.push(format!("capacity.{id}.throughput is stated as 0, which no number of replicas makes up for"));
        }
        Some(_) => {}
    }
    if reasons.is_empty() {
        reasons.push("the result is beyond what can be counted".to_owned());
    }
    reasons
}

fn scales_to_zero(sized: &ModelCapacity) -> Option<Span> {
    let stated = sized.scale_to_zero.as_ref().filter(|zero| zero.value).map(|zero| zero.span);
    stated.or_else(|| sized.min_replicas.as_ref().filter(|minimum| minimum.count() == 0).map(|minimum| minimum.span))
}

fn busy(peak: Option<&Figure>, replicas: Option<&Figure>, throughput: Option<&Figure>) -> Option<Figure> {
    let (peak, replicas, throughput) = (peak?, replicas?, throughput?);
    let capacity = replicas.value() * throughput.value();
    if capacity <= 0.0 || !capacity.is_finite() {
        return None;
    }
    let figure = peak.value() / capacity;
    let derivation = Derivation::new(figure, "ratio").step(format!(
        "{} rps ÷ ({} replicas × {} rps) = {}",
        rate(peak.value()),
        number(replicas.value()),
        rate(throughput.value()),
        percent(figure)
    ));
    Some(Figure::derived(derivation)?.from(peak).from(replicas).from(throughput))
}

/// `None` without the model's own memory; parts that are not written count nothing, and that is an assumption.
fn memory(id: &Id, sized: &ModelCapacity) -> Option<Figure> {
    let model = sized.model.as_ref()?;
    let batch = sized.batch.as_ref().map_or(1.0, |batch| number_of(batch));
    let item = sized.item.as_ref().map_or(0.0, |item| item.bytes());
    let overhead = sized.overhead.as_ref().map_or(0.0, |overhead| overhead.bytes());
    let mut figure = Figure::derived(formula::device_memory(model.bytes(), batch, item, overhead))?;
    figure = figure.input(format!("capacity.{id}.model"), model.span);
    let part = |figure: Figure, key: &str, span: Option<Span>, without: &str| match span {
        Some(span) => figure.input(format!("capacity.{id}.{key}"), span),
        None => figure.assume(without, format!("capacity.{id}.{key}")),
    };
    figure = part(figure, "batch", span(&sized.batch), "one item is computed at a time");
    figure = part(figure, "item", span(&sized.item), "an item takes no memory");
    Some(part(figure, "overhead", span(&sized.overhead), "the runtime takes no memory"))
}

fn queue(entry: &Entry<Queue>) -> QueueFigures {
    let id = &entry.id.value;
    let depth = entry.wait.as_ref().zip(entry.drain.as_ref()).and_then(|(wait, drain)| {
        let figure = Figure::derived(formula::queue_depth(wait.seconds(), drain.per_second()))?;
        Some(figure.input(format!("capacity.queues.{id}.wait"), wait.span).input(format!("capacity.queues.{id}.drain"), drain.span))
    });
    QueueFigures { id: id.clone(), span: entry.id.span, depth }
}

fn storage(entry: &Entry<Storage>) -> StorageFigures {
    let id = &entry.id.value;
    let bytes = entry.daily.as_ref().zip(entry.retention.as_ref()).and_then(|(daily, retention)| {
        let copies = entry.replication.as_ref().map_or(1.0, |copies| number_of(copies));
        let figure = Figure::derived(formula::storage(daily.bytes_per_day(), retention.seconds() / 86_400.0, copies))?
            .input(format!("capacity.storage.{id}.daily"), daily.span)
            .input(format!("capacity.storage.{id}.retention"), retention.span);
        Some(match &entry.replication {
            Some(copies) => figure.input(format!("capacity.storage.{id}.replication"), copies.span),
            None => figure.assume("there is one copy", format!("capacity.storage.{id}.replication")),
        })
    });
    StorageFigures { id: id.clone(), span: entry.id.span, bytes }
}

fn span<T>(field: &Field<T>) -> Option<Span> {
    field.as_ref().map(|field| field.span)
}

/// Counts are whole and at most 2^53.
#[allow(clippy::cast_precision_loss)]
pub(super) fn number_of(count: &charter_spec::quantity::Count) -> f64 {
    count.count() as f64
}

/// A whole figure as a count; `None` when it does not fit.
fn counted(value: f64) -> Option<u32> {
    (0.0..=f64::from(u32::MAX)).contains(&value).then(|| whole(value))
}

/// A whole figure as a count; for figures that are known to fit.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn whole(value: f64) -> u32 {
    if value.is_nan() { 0 } else { value.clamp(0.0, f64::from(u32::MAX)) as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throughput_of_0_is_told_as_stated() {
        let id = Id::new("m").unwrap();
        let element = Element::new(SectionName::Models, &id);
        let zero = Figure::written(0.0, "rps", "capacity.m.throughput", Span::default());
        let told = unknown(&id, Some(&zero), &LoadFigures::default(), &element);
        assert_eq!(told, ["load.peak is not stated", "capacity.m.throughput is stated as 0, which no number of replicas makes up for"]);
        let told = unknown(&id, None, &LoadFigures::default(), &element);
        assert_eq!(told, ["load.peak is not stated", "capacity.m.throughput is not stated"]);
    }

    #[test]
    fn what_does_not_fit_a_count_is_no_count() {
        assert_eq!(counted(3.0), Some(3));
        assert_eq!(counted(f64::from(u32::MAX)), Some(u32::MAX));
        for value in [-1.0, 5e9, f64::INFINITY, f64::NAN] {
            assert_eq!(counted(value), None);
        }
    }
}
