//! Words of decision records in the languages that they are written in.

use charter_spec::ast::DecisionStatus;

/// What a section, or a field of the header, is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Status,
    Date,
    Deciders,
    Consulted,
    Informed,
    Title,
    Number,
    Context,
    Drivers,
    Options,
    Decision,
    Rationale,
    Consequences,
    Good,
    Bad,
    Neutral,
    ProsAndCons,
    Confirmation,
    Links,
    Supersedes,
    SupersededBy,
    Related,
}

/// The words by role, lowercase, without punctuation, with `|` between. A heading has a role when it is one of them, or starts with one and goes on with `and`, `/` or `(`.
const WORDS: &[(Role, &str)] = &[
    (Role::Status, "status|state|adr status|statut|estado|stato|situação|статус|стан|ステータス|状態|状态|狀態|stav|durum|tila"),
    (
        Role::Date,
        "date|decision date|decided|decided on|date decided|date of decision|accepted on|created|datum|fecha|data|\
         дата|日付|日期|tanggal|tarih|dato",
    ),
    (
        Role::Deciders,
        "deciders|decider|decision makers|decision maker|decision-makers|decision-maker|decided by|decision owner|\
         decision owners|responsible|penanggung jawab|author|authors|owner|owners|entscheider|entscheidungsträger|\
         décideurs|décideur|auteur|auteurs|decisores|autor|autores|decisori|autore|автор|авторы|決定者|决策者|作者",
    ),
    (Role::Consulted, "consulted|konsultiert|consultés|consultados"),
    (Role::Informed, "informed|informiert|informés|informados"),
    (Role::Title, "title|titel|titre|título|titolo|название|タイトル|标题|judul"),
    (Role::Number, "number|id|adr|adr id|adr number|nummer|numéro|número|nomor"),
    (
        Role::Context,
        "context|context and problem statement|context and problem|problem statement|problem|the problem|\
         background|motivation|issue|introduction|why|what|goal|situation|problem description|summary|abstract|overview|kontext|kontext und problemstellung|\
         problemstellung|ausgangslage|hintergrund|contexte|contexte et problème|contexte et énoncé du problème|\
         contexto|contexto y problema|contexto y planteamiento del problema|contexto e problema|contesto|\
         contesto e problema|контекст|контекст и проблема|проблема|背景|コンテキスト|上下文|コンテキストと課題|背景と課題|latar belakang|\
         konteks|permasalahan|bağlam|kontekst|kontext a problém",
    ),
    (
        Role::Drivers,
        "decision drivers|drivers|forces|decision criteria|criteria|requirements|constraints|assumptions|goals|\
         entscheidungstreiber|entscheidungskriterien|kriterien|critères de décision|facteurs de décision|\
         factores de decisión|factores de decisão|критерии|決定要因|决策驱动因素|决策因素",
    ),
    (
        Role::Options,
        "considered options|options considered|options|considered alternatives|alternatives considered|\
         alternatives|rejected alternatives|alternative|alternative solutions|possible solutions|solutions|\
         betrachtete optionen|optionen|alternativen|betrachtete alternativen|options envisagées|\
         options considérées|opciones consideradas|opciones|alternativas|alternativas consideradas|\
         opções consideradas|opções|opzioni considerate|opzioni|alternative considerate|варианты|\
         рассмотренные варианты|альтернативы|検討した選択肢|検討した代替案|選択肢|代替案|备选方案|考虑的选项|可选方案|alternatif|\
         alternatif yang dipertimbangkan",
    ),
    (
        Role::Decision,
        "decision|decision outcome|decisions|outcome|the decision|our decision|resolution|solution|proposal|how|\
         proposed solution|entscheidung|entscheidungsergebnis|ergebnis|décision|résultat de la décision|decisión|\
         resultado de la decisión|decisão|resultado da decisão|decisione|esito della decisione|решение|рішення|決定|\
         决定|决策|决策结果|決定事項|keputusan|karar|decyzja|rozhodnutí|beslissing|beslut|beslutning",
    ),
    (
        Role::Rationale,
        "rationale|reasons|reason|reasoning|justification|argument|begründung|justificación|justificativa|\
         motivazione|обоснование|根拠|理由|原因",
    ),
    (
        Role::Consequences,
        "consequences|consequence|implications|impact|impacts|stakeholder impacts|results|result|effects|konsequenzen|folgen|\
         auswirkungen|conséquences|consecuencias|consequências|conseguenze|последствия|наслідки|結果|影響|影响|后果|結論|\
         konsekuensi|sonuçlar|konsekwencje|důsledky|gevolgen|konsekvenser",
    ),
    (
        Role::Good,
        "good|positive|positive consequences|positives|pros|pro|advantages|benefits|easier|becomes easier|\
         what becomes easier|vorteile|positiv|positive konsequenzen|avantages|conséquences positives|ventajas|\
         positivas|consecuencias positivas|vantagens|positivos|consequências positivas|vantaggi|\
         conseguenze positive|плюсы|преимущества|положительные|положительные последствия|良い結果|メリット|利点|优点|正面影响|正面|\
         kelebihan",
    ),
    (
        Role::Bad,
        "bad|negative|negative consequences|negatives|cons|con|disadvantages|drawbacks|risks|tradeoffs|trade-offs|\
         trade-off|costs|downsides|harder|becomes harder|what becomes harder|more difficult|nachteile|negativ|\
         negative konsequenzen|inconvénients|conséquences négatives|négatives|desventajas|negativas|\
         consecuencias negativas|desvantagens|negativos|consequências negativas|svantaggi|conseguenze negative|\
         минусы|недостатки|отрицательные|отрицательные последствия|悪い結果|デメリット|欠点|缺点|负面影响|负面|kekurangan",
    ),
    (Role::Neutral, "neutral|neutral consequences|neutre|neutras|neutro|нейтральные|中性"),
    (
        Role::ProsAndCons,
        "pros and cons of the options|pros and cons|pros and cons of the alternatives|options analysis|analysis|\
         evaluation|comparison|vor- und nachteile der optionen|vor- und nachteile|\
         avantages et inconvénients des options|avantages et inconvénients|pros y contras de las opciones|\
         ventajas y desventajas de las opciones|pros y contras|prós e contras das opções|prós e contras|\
         pro e contro delle opzioni|плюсы и минусы вариантов|選択肢の長所と短所|选项的优缺点|方案优缺点",
    ),
    (
        Role::Confirmation,
        "confirmation|validation|compliance|verification|bestätigung|validierung|confirmación|validación|\
         confirmação|validação|確認",
    ),
    (
        Role::Links,
        "links|more information|references|reference|notes|note|see also|related decisions|related|\
         further reading|resources|appendix|changelog|history|sources|weitere informationen|verweise|referenzen|\
         notizen|liens|plus d'informations|références|enlaces|más información|referencias|notas|mais informações|\
         referências|riferimenti|ulteriori informazioni|ссылки|дополнительная информация|参考|参考文献|参考资料|関連|更多信息|リンク",
    ),
    (
        Role::Supersedes,
        "supersedes|supercedes|replaces|obsoletes|ersetzt|remplace|reemplaza a|sustituye a|substitui|заменяет|\
         置き換え|取代",
    ),
    (
        Role::SupersededBy,
        "superseded by|superceded by|superseded-by|superseded|replaced by|obsoleted by|ersetzt durch|remplacé par|\
         remplacée par|reemplazada por|reemplazado por|sustituida por|substituída por|substituído por|заменено|\
         заменён",
    ),
    (
        Role::Related,
        "related to|relates to|amends|amended by|refines|refined by|depends on|extends|extended by|clarifies|\
         clarified by|builds on|influences|influenced by|enables|related adrs|related adr|see|ergänzt|complète",
    ),
];

/// Words of status, the strongest first: where several stand, the last thing that happened counts.
const STATUSES: &[(DecisionStatus, &str)] = &[
    (
        DecisionStatus::Superseded,
        "superseded|superceded|supersded|replaced by|obsoleted by|ersetzt durch|abgelöst|remplac|reemplaz|\
         sustituid|substituíd|sostituit|заменен|заменён|置き換え|已取代|被取代|取代",
    ),
    (
        DecisionStatus::Deprecated,
        "deprecat|obsolete|retired|withdrawn|abandoned|no longer|veraltet|zurückgezogen|obsolèt|déprécié|obsolet|\
         deprecad|устарел|非推奨|已弃用|已废弃|废弃",
    ),
    (
        DecisionStatus::Rejected,
        "reject|declined|denied|not accepted|won't do|wontfix|abgelehnt|verworfen|rejet|refusé|rechazad|rejeitad|\
         rifiutat|respint|отклонен|отклонён|відхилено|却下|已拒绝|拒绝|ditolak",
    ),
    (
        DecisionStatus::Accepted,
        "accept|approved|adopted|agreed|implemented|decided|done|active|in force|in effect|final|ratified|\
         confirmed|angenommen|akzeptiert|entschieden|beschlossen|adopté|approuvé|validé|aceptad|aprobad|adoptad|\
         aceit|aprovad|accettat|approvat|принят|утвержден|прийнято|承認|採用|受理|已接受|已采纳|已通过|diterima|kabul|\
         zaakceptowan|schváleno|přijato|geaccepteerd",
    ),
    (
        DecisionStatus::Proposed,
        "propos|draft|pending|in review|under review|review|rfc|open|wip|in progress|in discussion|\
         under discussion|discussion|idea|to be decided|tbd|deferred|on hold|vorgeschlagen|entwurf|offen|\
         brouillon|en cours|propuest|borrador|rascunho|предложен|черновик|提案|草案|检讨|検討中|提议|待定|draf|diusulkan|\
         taslak",
    ),
];

/// The role of a heading or field name.
pub(super) fn role(name: &str) -> Option<Role> {
    let name = normalized(name);
    if name.is_empty() || name.chars().count() > 80 {
        return None;
    }
    let exact = WORDS.iter().find(|(_, words)| words.split('|').any(|word| word == name)).map(|(role, _)| *role);
    exact.or_else(|| WORDS.iter().find(|(_, words)| words.split('|').any(|word| goes_on(&name, word))).map(|(role, _)| *role))
}

/// Whether a heading has a role in a record, and is as common in any guide.
pub(super) fn is_common(name: &str) -> bool {
    let name = normalized(name);
    ["how", "what", "solution", "solutions", "proposal"].iter().any(|word| name == *word || goes_on(&name, word))
}

/// Whether a name starts with a word and goes on with what a heading adds.
fn goes_on(name: &str, word: &str) -> bool {
    name.strip_prefix(word)
        .is_some_and(|rest| [" (", " /", "/", " -", " –", " —", ":", " &", " of ", " for "].iter().any(|next| rest.starts_with(next)))
}

/// Lowercase, without a number, marks of emphasis or a colon around it.
fn normalized(name: &str) -> String {
    let name = super::markdown::plain(name).0.to_lowercase();
    let name = name.trim_matches(|character: char| !character.is_alphanumeric() && character != '(' && character != ')');
    let digits = name.trim_start_matches(|character: char| character.is_ascii_digit());
    let name = if digits.len() < name.len() { digits.trim_start_matches(['.', ')', ':', '-', ' ']) } else { name };
    name.trim_end_matches([':', '?', '!', '.']).replace(['_', '’'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The status that a text states, and whether only a part is meant.
pub(super) fn status(text: &str) -> Option<(DecisionStatus, bool)> {
    let text = text.to_lowercase();
    let partial = ["partial", "in part", "partly", "portion", "teilweise", "partiel", "parcial"].iter().any(|word| text.contains(word));
    let negated = text.contains("not accepted") || text.contains("not yet accepted") || text.contains("nicht angenommen");
    let found = STATUSES.iter().find(|(status, words)| {
        let skip = (partial && *status == DecisionStatus::Superseded) || (negated && *status == DecisionStatus::Accepted);
        !skip && words.split('|').any(|word| text.contains(word))
    });
    found.map(|(status, _)| (*status, partial))
}

/// Whether a text lists statuses to choose from: it is a template's.
pub(super) fn is_choice(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['|', '/']).filter(|part| part.len() < 60).collect();
    let known = parts.iter().filter(|part| status(part).is_some()).count();
    known >= 3 || (text.trim_start().starts_with(['{', '[', '<']) && known >= 2)
}

/// Whether a text is a place that a template leaves to be filled.
pub(super) fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    matches!(text, "" | "…" | "..." | "-" | "—" | "–" | "n/a" | "N/A" | "none" | "None" | "(none)" | "TBD" | "tbd" | "?" | "_None_")
        || (text.starts_with('{') && text.ends_with('}'))
        || (text.starts_with("<") && text.ends_with('>') && text.contains(' '))
        || (text.starts_with('[') && text.ends_with(']') && text.matches('[').count() == 1)
        || matches!(text, "YYYY-MM-DD" | "{YYYY-MM-DD}")
}

/// Where an argument speaks for or against, and its text: `Good, because …`, `+ …`, `Pro: …`, `✅ …`.
pub(super) fn argument(text: &str) -> Option<(Role, &str)> {
    const STARTS: &[(Role, &str)] = &[
        (
            Role::Good,
            "good|positive|pros|pro|advantage|+|✅|👍|✔️|✔|gut|positiv|ventaja|bien|bon|bueno|bom|buono|хорошо|плюс|良い|\
             好",
        ),
        (
            Role::Bad,
            "bad|negative|cons|con|disadvantage|-|−|contra|desventaja|❌|👎|✖|⚠️|schlecht|negativ|mauvais|malo|ruim|mau|\
             cattivo|плохо|минус|悪い|坏",
        ),
        (Role::Neutral, "neutral|neutre|neutro|нейтрально|中性"),
    ];
    let text = text.trim();
    let folded = text.trim_start_matches(['*', '_', '[', '(']);
    for (role, starts) in STARTS {
        for start in starts.split('|') {
            let Some(head) = folded.get(..start.len()).filter(|head| head.to_lowercase() == start) else { continue };
            let rest = folded.get(head.len()..).unwrap_or_default();
            let signed = !start.chars().all(char::is_alphabetic);
            let trimmed = rest.trim_start_matches(['*', '_', ']', ')']);
            let trimmed = match trimmed.strip_prefix([',', ':', ';', '-', '–', '—', '，', '、', '：']) {
                Some(rest) => rest,
                None if signed && rest.starts_with(' ') => rest,
                None if rest.trim_start().to_lowercase().starts_with("because") => rest,
                None => continue,
            };
            return Some((*role, because(trimmed)));
        }
    }
    None
}

/// Why an option was not chosen: `Not chosen, because …`, `Rejected because …`, `Rejected: …`.
pub(super) fn not_chosen(text: &str) -> Option<&str> {
    let text = text.trim().trim_start_matches(['*', '_']);
    for word in ["not chosen", "rejected", "discarded", "ruled out", "nicht gewählt", "verworfen"] {
        let Some(head) = text.get(..word.len()).filter(|head| head.to_lowercase() == word) else { continue };
        let rest = text.get(head.len()..).unwrap_or_default().trim_start_matches(['*', '_']);
        let reason = because(rest.trim_start_matches([',', ':', ';', '-', '–', '—', ' ']));
        let gives_reason = rest.starts_with([',', ':', ';']) || reason.len() < rest.trim_start().len();
        return (gives_reason && !reason.is_empty()).then_some(reason);
    }
    None
}

/// Text without the word that introduces a reason.
pub(super) fn because(text: &str) -> &str {
    let text = text.trim().trim_start_matches(['*', '_']).trim_start();
    for word in ["because", "weil", "da", "car", "parce que", "parce qu'", "porque", "perché", "потому что", "так как", "since", "as"]
    {
        let Some(head) = text.get(..word.len()) else { continue };
        if head.to_lowercase() == word {
            let rest = text.get(word.len()..).unwrap_or_default();
            if rest.is_empty() || rest.starts_with([' ', ':', ',']) || word.ends_with('\'') {
                return rest.trim_start_matches([' ', ':', ',']);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_many_dialects_are_known() {
        for (heading, expected) in [
            ("Context and Problem Statement", Role::Context),
            ("1. Status", Role::Status),
            ("**Decision-Makers:**", Role::Deciders),
            ("Estado", Role::Status),
            ("決定", Role::Decision),
            ("Consequences (good and bad)", Role::Consequences),
            ("Vor- und Nachteile der Optionen", Role::ProsAndCons),
            ("superseded_by", Role::SupersededBy),
        ] {
            assert_eq!(role(heading), Some(expected), "{heading}");
        }
        assert_eq!(role("Chocolate"), None);
    }

    #[test]
    fn statuses_of_many_dialects_are_known() {
        for (text, expected) in [
            ("Accepted", DecisionStatus::Accepted),
            ("Accepted\nSuperseded by [ADR-5](x.md)", DecisionStatus::Superseded),
            ("⚠️ Superceded by 4", DecisionStatus::Superseded),
            ("Aceptado", DecisionStatus::Accepted),
            ("Abgelehnt", DecisionStatus::Rejected),
            ("RFC", DecisionStatus::Proposed),
            ("已废弃", DecisionStatus::Deprecated),
        ] {
            assert_eq!(status(text).map(|found| found.0), Some(expected), "{text}");
        }
        assert_eq!(status("Accepted — portions superseded by ADR-8"), Some((DecisionStatus::Accepted, true)));
        assert!(is_choice("{proposed | rejected | accepted | deprecated | … | superseded by ADR-0123}"));
        assert!(!is_choice("accepted"));
    }

    #[test]
    fn arguments_are_told_by_their_first_word() {
        assert_eq!(argument("Good, because it is fast"), Some((Role::Good, "it is fast")));
        assert_eq!(argument("**Bad:** slow"), Some((Role::Bad, "slow")));
        assert_eq!(argument("Bad because slow"), Some((Role::Bad, "slow")));
        assert_eq!(argument("✅ fast"), Some((Role::Good, "fast")));
        assert_eq!(argument("Gut, weil schnell"), Some((Role::Good, "schnell")));
        assert_eq!(not_chosen("Not chosen, because it is slow"), Some("it is slow"));
        assert_eq!(not_chosen("**Rejected:** too slow"), Some("too slow"));
        assert_eq!(not_chosen("Rejected because dear"), Some("dear"));
        assert_eq!(not_chosen("Rejected mails are kept"), None);
        assert_eq!(argument("Container images"), None);
        assert_eq!(argument("Good morning"), None);
    }
}
