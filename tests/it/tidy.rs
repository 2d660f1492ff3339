//! What the documentation says of the code is so: the map of modules, what is absent, who documents what.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use airbridge::rule::Rule;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
fn text(path: &str) -> String {
    String::from_utf8(crate::file(path)).expect("UTF-8")
}

/// The Rust files in a folder and below, as paths from the root of the repository.
fn sources(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root().join(folder)).expect("the folder is there") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let path = format!("{folder}/{name}");
        if root().join(&path).is_dir() {
            files.extend(sources(&path));
        } else if Path::new(&path).extension().is_some_and(|extension| extension == "rs") {
            files.push(path.into());
        }
    }
    files.sort();
    files
}

/// The lines of a file that are code: comments and what follows `#[cfg(test)]` are left out.
fn code(path: &Path) -> Vec<String> {
    let text = text(&path.to_string_lossy());
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().map(str::trim).filter(|line| !line.starts_with("//")).map(str::to_owned).collect()
}

/// The module of the crate that a file belongs to; `None` for the command and for modules of tests.
fn module(path: &Path) -> Option<String> {
    let inner = path.strip_prefix("src").expect("a source file");
    let first = inner.components().next()?.as_os_str().to_string_lossy().into_owned();
    let name = first.trim_end_matches(".rs").to_owned();
    let apart = ["lib", "main", "cli"].contains(&name.as_str()) || path.ends_with("tests.rs");
    (!apart).then_some(name)
}

/// The names that follow `crate::` in a line.
fn uses(line: &str) -> impl Iterator<Item = &str> {
    line.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        &rest[..end]
    })
}

/// The map in `src/lib.rs`: from a module to the modules that it may use.
fn map() -> BTreeMap<String, BTreeSet<String>> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.strip_prefix("//! | ")?.strip_suffix(" |")?.split(" | ").collect();
        let [name, _, uses] = cells[..] else { return None };
        let name = name.trim_matches(['[', ']', '`']).to_owned();
        let words = uses.split([' ', ',', '`']).filter(|word| !word.is_empty() && *word != "-");
        Some((name, words.map(str::to_owned).collect()))
    };
    text("src/lib.rs").lines().filter_map(row).filter(|(name, _)| name != "module").collect()
}

#[test]
fn every_module_uses_what_the_map_says_and_nothing_else() {
    let map = map();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in sources("src") {
        let Some(module) = module(&path) else { continue };
        let lines = code(&path);
        let others = lines.iter().flat_map(|line| uses(line)).filter(|name| *name != module);
        found.entry(module.clone()).or_default().extend(others.map(str::to_owned));
    }
    assert_eq!(found, map, "what the code uses (left), and the table of modules in src/lib.rs (right)");
}

#[test]
fn the_checker_knows_nothing_of_the_solver() {
    let known: BTreeSet<&str> = ["certificate", "plan", "rule", "scenario"].into();
    let map = map();
    assert!(map["check"].iter().all(|module| known.contains(module.as_str())), "{:?}", map["check"]);
    for module in ["certificate", "plan", "rule", "scenario", "eligibility", "classes", "model"] {
        assert!(!map[module].contains("solve") && !map[module].contains("check"), "{module}");
    }
}

#[test]
fn the_library_opens_prints_and_times_nothing() {
    let absent = [
        "println!",
        "eprintln!",
        "print!",
        "dbg!",
        "std::fs",
        "std::env",
        "std::process",
        "std::io",
        "std::net",
        "Instant::now",
        "SystemTime",
        "thread::sleep",
        "include_bytes!",
    ];
    for path in sources("src") {
        if module(&path).is_none() {
            continue;
        }
        for line in code(&path) {
            let found = absent.iter().find(|what| line.contains(*what));
            assert_eq!(found, None, "{}: {line}", path.display());
        }
    }
}

#[test]
fn the_solver_is_named_in_one_file() {
    for path in sources("src") {
        let lines = code(&path);
        let talks = lines.iter().any(|line| line.contains("good_lp") || line.contains("highs::"));
        assert!(!talks || path == Path::new("src/solve/linear.rs"), "{}", path.display());
    }
}

#[test]
fn floating_point_is_allowed_where_it_is_expected() {
    let allowed = |path: &PathBuf| code(path).iter().any(|line| line.contains("clippy::float_arithmetic"));
    let found: Vec<PathBuf> = sources("src").into_iter().filter(allowed).collect();
    // The search's one file, FORMAT's two formulas (of probabilities and of hours), and the two estimates.
    let expected = [
        "src/scenario/mod.rs",
        "src/scenario/read/resolve.rs",
        "src/simulate/mod.rs",
        "src/solve/linear.rs",
        "src/standby.rs",
    ];
    assert_eq!(found, expected.map(PathBuf::from));
}

#[test]
fn every_rule_is_in_the_guide_and_provoked() {
    let guide = text("src/guide/rules.md");
    let provoked = text("tests/it/checker.rs");
    for rule in Rule::ALL {
        assert!(guide.contains(&format!("\n### `{rule}`\n")), "{rule} has no section in src/guide/rules.md");
        assert!(provoked.contains(&format!("Rule::{rule:?}")), "{rule} is not in tests/it/checker.rs");
    }
}

/// Sections that exist in no code would be read for nothing.
#[test]
fn the_guide_has_no_other_rule() {
    let guide = text("src/guide/rules.md");
    let known: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.code()).collect();
    for heading in guide.lines().filter_map(|line| line.strip_prefix("### `")) {
        assert!(known.contains(heading.trim_end_matches('`')), "{heading}");
    }
}

#[test]
fn every_page_of_the_guide_is_part_of_the_docs() {
    let library = text("src/lib.rs");
    for entry in std::fs::read_dir(root().join("src/guide")).expect("the guide is there") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        assert!(library.contains(&format!("include_str!(\"guide/{name}\")")), "{name}");
    }
}

#[test]
fn nothing_is_left_for_later() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("#[ig", "nore"), concat!("todo", "!(")];
    let folders = ["src", "tests", "benches"];
    for path in folders.into_iter().flat_map(sources) {
        let text = text(&path.to_string_lossy());
        assert!(marks.iter().all(|mark| !text.contains(mark)), "{}", path.display());
    }
}

/// What the README asks people to run is what the checks of every change run.
#[test]
fn the_readme_and_the_checks_run_the_same_tests() {
    let readme = text("README.md");
    let checks = text(".ci/run");
    let last = checks.lines().last().expect("the last line");
    assert!(last.ends_with("&& cargo test --release"), "{last}");
    assert!(readme.contains(&format!("\n{last}\n")), "the README has no line `{last}`");
}

/// The twenty lines of JSON are a scenario.
#[test]
fn the_readmes_scenario_is_in_order() {
    let readme = text("README.md");
    let (_, rest) = readme.split_once("```json\n").expect("a block of JSON");
    let (scenario, _) = rest.split_once("```").expect("its end");
    assert!(scenario.lines().count() <= 22);
    let read = airbridge::scenario::read::read(scenario.as_bytes(), "README.md");
    let read = read.unwrap_or_else(|said| panic!("{said}"));
    assert_eq!(read.warnings, []);
    let eligibility = airbridge::eligibility::assess(&read.scenario, None);
    assert_eq!(airbridge::solve::forbidden_pins(&eligibility), []);
    assert_eq!(airbridge::lint::lint(&eligibility, None), []);
}

/// What the README says of the commands is what there is.
#[test]
fn the_readme_names_every_command() {
    let (readme, help) = (text("README.md"), text("tests/cmd/help.trycmd"));
    let (_, commands) = help.split_once("\nCommands:\n").expect("the list of commands");
    for line in commands.lines().take_while(|line| !line.is_empty()) {
        let name = line.split_whitespace().next().unwrap_or_default();
        let continued = line.starts_with("     ");
        assert!(continued || name == "help" || readme.contains(&format!("`{name}")), "{name}");
    }
}
