//! `charter trace`

use super::decide::id_and_path;
use crate::arguments::{Colour, Format, Trace};
use crate::exit::{Ending, Outcome, Problem};
use crate::known::{Known, date, is_there};
use crate::output::{colours, print, print_json};
use charter_plan::trace::{self, Tree};
use charter_render::text::{self, Paint};
use serde_json::json;

pub(crate) fn run(arguments: &Trace, colour: Colour) -> Outcome {
    let (id, path) = id_and_path(arguments.id.as_deref(), &arguments.source.path);
    is_there(arguments.evidence.as_deref())?;
    let known = Known::read(&path, &[], date(None)?, arguments.evidence.as_deref())?;
    let paint = Paint::new(colours(colour));
    let Some(facts) = known.facts() else { return known.refuse(colours(colour)) };
    let graph = trace::trace(facts.resolved, facts.standings);
    let Some(id) = id else {
        let (rows, gaps) = (graph.matrix(), graph.gaps(facts.resolved));
        match arguments.format {
            Format::Json => print_json(&json!({ "matrix": rows, "gaps": gaps, "nodes": graph.nodes(), "links": graph.links() }))?,
            Format::Human => print(&format!("{}{}", text::matrix(&rows, &gaps, paint), known.not_counted()))?,
        }
        let broken = rows.iter().any(|row| row.standing == charter_plan::standing::Standing::Broken);
        return Ok(if broken { Ending::Broken } else { Ending::Fine });
    };
    let trees: Vec<Tree> = graph.named(&id).into_iter().filter_map(|at| graph.tree(at)).collect();
    if trees.is_empty() {
        return Err(unknown(&graph, &id));
    }
    match arguments.format {
        Format::Json => print_json(&json!({ "id": id, "trees": trees }))?,
        Format::Human => print(&format!("{}{}", text::trees(&trees, paint), known.not_counted()))?,
    }
    Ok(Ending::Fine)
}

fn unknown(graph: &trace::Trace, id: &str) -> Problem {
    let bare = || graph.nodes().iter().filter_map(|node| node.element.as_ref()).filter(|element| !element.is_whole());
    let wanted = id.rsplit('.').next().unwrap_or(id);
    let near = charter_spec::names::nearest(wanted, bare().map(|element| element.id.as_str()));
    let help = near.map_or_else(|| "`charter trace` without an id shows all of them".to_owned(), |near| format!("did you mean `{near}`?"));
    Problem::Usage(format!("nothing that can be traced is called `{id}`; {help}"))
}
