//! The command from outside: transcripts, exit codes, files, pipes, interrupts.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use airbridge::plan::Plan;
use airbridge::synth::{PolicyKind, Shape, Spec, generate};
use serde_json::json;

const AIRBRIDGE: &str = env!("CARGO_BIN_EXE_airbridge");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with the scenarios of `tests/cmd`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(root().join("tests/cmd")).expect("the transcripts are there") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "json") {
            std::fs::copy(&path, folder.path().join(path.file_name().expect("a name"))).expect("is copied");
        }
    }
    folder
}

/// Runs the transcript in a folder of its own. `TRYCMD=overwrite cargo test --release` writes it anew.
fn transcript(path: &str) {
    let (folder, path) = (folder(), root().join(path));
    std::os::unix::fs::symlink(root().join("scenarios"), folder.path().join("scenarios")).expect("is linked");
    // `x.trycmd` is run in the folder `x.in` beside it.
    let apart = tempfile::tempdir().expect("a folder");
    let copy = apart.path().join("transcript.trycmd");
    std::fs::copy(&path, &copy).expect("is copied");
    std::os::unix::fs::symlink(folder.path(), copy.with_extension("in")).expect("is linked");
    trycmd::TestCases::new().register_bin("airbridge", PathBuf::from(AIRBRIDGE)).case(&copy).run();
    if std::env::var("TRYCMD").is_ok_and(|how| how == "overwrite") {
        std::fs::copy(&copy, &path).expect("is copied back");
    }
}

#[test]
fn every_command_has_help() {
    transcript("tests/cmd/help.trycmd");
}

#[test]
fn wrong_arguments_and_files_end_with_2() {
    transcript("tests/cmd/wrong.trycmd");
}

#[cfg(feature = "highs")]
#[test]
fn a_plan_is_made_and_checked() {
    transcript("tests/cmd/solve.trycmd");
}

#[cfg(feature = "highs")]
#[test]
fn findings_end_with_1() {
    transcript("tests/cmd/findings.trycmd");
}

#[cfg(feature = "highs")]
#[test]
fn a_contradiction_ends_with_3() {
    transcript("tests/cmd/infeasible.trycmd");
}

#[cfg(feature = "highs")]
#[test]
fn the_night_goes_as_its_page_tells() {
    transcript("src/guide/night.md");
}

#[cfg(feature = "highs")]
#[test]
fn the_nights_commands_answer_in_json_and_refuse_what_is_wrong() {
    transcript("tests/cmd/night.trycmd");
}

#[cfg(feature = "highs")]
#[test]
fn the_readme_tells_what_happens() {
    transcript("README.md");
}

/// Runs the command in a folder, with text on stdin.
#[track_caller]
fn run_with(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(AIRBRIDGE)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // A command that fails before it reads closes the pipe.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("the command ends")
}

#[track_caller]
fn run(folder: &Path, arguments: &[&str]) -> Output {
    run_with(folder, arguments, b"")
}

#[track_caller]
fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("{output:?}"))
}

/// What is left in the folder but for the scenarios and the plan.
fn stray(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).expect("the folder is there");
    let names = names.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    names.filter(|name| Path::new(name).extension().is_none_or(|extension| extension != "json")).collect()
}

#[test]
fn stdin_and_stdout_are_dashes() {
    let folder = folder();
    let scenario = std::fs::read(folder.path().join("scenario.json")).expect("is there");
    let to_file = run(folder.path(), &["solve", "scenario.json", "-o", "plan.json"]);
    let piped = run_with(folder.path(), &["solve", "-", "-o", "-"], &scenario);
    assert_eq!(code(&to_file), code(&piped));
    assert_eq!(std::fs::read(folder.path().join("plan.json")).expect("is written"), piped.stdout);
    let by_default = run(folder.path(), &["solve", "scenario.json"]);
    assert_eq!(by_default.stdout, piped.stdout);
    let checked = run_with(folder.path(), &["check", "scenario.json", "-"], &piped.stdout);
    assert_eq!(code(&checked), 0, "{checked:?}");
    let broken = run_with(folder.path(), &["validate", "-"], b"{");
    assert!(String::from_utf8_lossy(&broken.stderr).contains("<stdin>:1:2"), "{broken:?}");
    assert_eq!(stray(folder.path()), Vec::<String>::new());
}

#[test]
fn an_output_that_is_an_input_by_another_name_is_refused() {
    let folder = folder();
    let before = std::fs::read(folder.path().join("scenario.json")).expect("is there");
    std::os::unix::fs::symlink("scenario.json", folder.path().join("other.json")).expect("is linked");
    std::fs::create_dir(folder.path().join("inner")).expect("is made");
    for output in ["./scenario.json", "other.json", "inner/../scenario.json", "missing/../scenario.json"] {
        let refused = run(folder.path(), &["solve", "scenario.json", "-o", output]);
        assert!([2, 4].contains(&code(&refused)), "{output}: {refused:?}");
    }
    assert_eq!(std::fs::read(folder.path().join("scenario.json")).expect("is there"), before);
}

#[test]
fn a_plan_made_from_a_baseline_is_checked_with_it() {
    let folder = folder();
    let first = run(folder.path(), &["solve", "scenario.json", "-o", "plan.json"]);
    assert!(code(&first) <= 1, "{first:?}");
    let arguments = ["solve", "scenario.json", "--baseline", "plan.json", "-o", "again.json"];
    assert!(code(&run(folder.path(), &arguments)) <= 1);
    let without = run(folder.path(), &["check", "scenario.json", "again.json"]);
    assert_eq!(code(&without), 2, "{without:?}");
    let with = run(folder.path(), &["check", "scenario.json", "again.json", "--baseline", "plan.json"]);
    assert_eq!(code(&with), 0, "{with:?}");
}

#[test]
fn a_plan_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    run(folder.path(), &["solve", "scenario.json", "-o", "plan.json"]);
    let mode = std::fs::metadata(folder.path().join("plan.json")).expect("is written").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_pipe_is_written_to_and_stays_one() {
    use std::os::unix::fs::FileTypeExt;
    let folder = folder();
    run(folder.path(), &["solve", "scenario.json", "-o", "plan.json"]);
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read(pipe).expect("the pipe is read")
    });
    run(folder.path(), &["solve", "scenario.json", "-o", "pipe"]);
    assert!(std::fs::metadata(&pipe).expect("it is there").file_type().is_fifo());
    let plan = std::fs::read(folder.path().join("plan.json")).expect("is written");
    assert_eq!(reader.join().expect("the reader ends"), plan);
}

#[test]
fn threads_and_the_environment_change_no_byte() {
    let folder = folder();
    let plan = |arguments: &[&str], zone: &str| {
        let output = Command::new(AIRBRIDGE)
            .args(["solve", "scenario.json"])
            .args(arguments)
            .current_dir(folder.path())
            .env("TZ", zone)
            .env("LC_ALL", "de_DE.UTF-8")
            .output();
        output.expect("the command starts").stdout
    };
    let first = plan(&[], "UTC");
    assert!(!first.is_empty());
    assert_eq!(first, plan(&["--threads", "1"], "Asia/Kabul"));
    assert_eq!(first, plan(&["--threads", "4", "--quiet"], "America/New_York"));
}

/// Threads beyond what any machine has were all started, and the command never answered.
#[test]
fn a_million_threads_are_as_many_as_there_is_use_for() {
    let folder = folder();
    let answer = |threads: &str| run(folder.path(), &["solve", "scenario.json", "--threads", threads]);
    let (one, million) = (answer("1"), answer("1000000"));
    assert_eq!(code(&one), code(&million), "{million:?}");
    assert!(!one.stdout.is_empty() && one.stdout == million.stdout);
}

/// A thread that waited for the checker's lists took up work that asks for them too, and waited for itself: one run in twenty.
#[test]
fn an_infeasible_plan_is_checked_by_many_threads_again_and_again() {
    let folder = folder();
    let single = |id: &str, ready: &str| json!({"id": id, "location": "KBL", "ready": ready, "persons": [{"id": format!("P{id}"), "category": "lpr", "age": 30}]});
    let scenario = json!({
        "format": "airbridge/scenario/1", "as_of": "2021-10-01T00:00:00Z", "places": [{"id": "KBL"}, {"id": "DOH"}],
        "departures": [{"id": "D", "kind": "charter_flight", "from": "KBL", "to": "DOH", "departs": "2021-10-09T06:00:00Z", "seats": 1}],
        "units": [single("U0", "2021-10-01T00:00:00Z"), single("U1", "2021-10-02T00:00:00Z"), single("U2", "2021-10-03T00:00:00Z")],
        "links": [{"kind": "same_departure", "units": ["U1", "U2"]}], "pins": [{"unit": "U1", "departure": "D"}],
    });
    std::fs::write(folder.path().join("three.json"), scenario.to_string()).expect("it is written");
    let solved = run(folder.path(), &["solve", "three.json", "-o", "none.json", "--force"]);
    assert_eq!(code(&solved), 3);
    for _ in 0..150 {
        let checked = run(folder.path(), &["check", "three.json", "none.json", "--threads", "8"]);
        assert_eq!(code(&checked), 0, "{checked:?}");
    }
}

/// A certificate with nothing in it shows as little as none.
#[test]
fn that_no_plan_obeys_the_rules_is_verified_by_an_entry_or_said_not_to_be() {
    let folder = folder();
    std::fs::write(folder.path().join("pins.json"), crate::file("scenarios/infeasible/scenario.json"))
        .expect("it is written");
    assert_eq!(code(&run(folder.path(), &["solve", "pins.json", "-o", "none.json"])), 3);
    let plan = std::fs::read(folder.path().join("none.json")).expect("it is there");
    let plan: serde_json::Value = serde_json::from_slice(&plan).expect("a plan");
    let check = |certificate: Option<serde_json::Value>| {
        let mut claim = plan.clone();
        claim.as_object_mut().expect("an object").remove("certificate");
        claim
            .as_object_mut()
            .expect("an object")
            .extend(certificate.map(|list| ("certificate".into(), list)));
        std::fs::write(folder.path().join("claim.json"), claim.to_string()).expect("it is written");
        let checked = run(folder.path(), &["check", "pins.json", "claim.json"]);
        (code(&checked), String::from_utf8_lossy(&checked.stdout).into_owned())
    };
    let (code, text) = check(Some(plan["certificate"].clone()));
    assert!(code == 0 && text.contains("no plan obeys the rules and every claim holds"), "{code} {text}");
    for certificate in [None, Some(json!([]))] {
        let (code, text) = check(certificate);
        assert!(code == 0 && text.contains("not verified: that no plan obeys the rules"), "{code} {text}");
    }
    let (code, text) = check(Some(json!([{"level": null, "bound": -1, "denominator": 1, "prices": []}])));
    assert!(code == 1 && !text.contains("every claim holds"), "{code} {text}");
}

/// The rows of earlier levels are all there, or there is no model.
#[test]
fn a_model_is_given_every_earlier_level_or_refused() {
    let folder = night();
    let model = |given: &str, more: &[&str]| {
        run(
            folder.path(),
            &[&["model", "scenario.json", "--level", "lottery", "--given", given], more].concat(),
        )
    };
    let of = |path: &str| -> serde_json::Value {
        let text = std::fs::read(folder.path().join(path)).expect("it is there");
        serde_json::from_slice(&text).expect("a plan")
    };
    let replanned = run(folder.path(), &["replan", "scenario.json", "plan.json", "-o", "again.json"]);
    assert_eq!(code(&replanned), 0, "{replanned:?}");
    assert_eq!(code(&model("plan.json", &[])), 0);
    let refused = model("again.json", &[]);
    assert!(
        code(&refused) == 2 && String::from_utf8_lossy(&refused.stderr).contains("--baseline"),
        "{refused:?}"
    );
    assert_eq!(code(&model("again.json", &["--baseline", "plan.json"])), 0);
    let mut short = of("plan.json");
    short["levels"].as_array_mut().expect("levels").truncate(1);
    std::fs::write(folder.path().join("short.json"), short.to_string()).expect("it is written");
    assert_eq!(code(&model("short.json", &[])), 2);
}

/// Each call is a line: nobody waits for more of them than memory holds.
#[test]
fn standbys_are_called_for_no_more_seats_than_there_may_be_lines() {
    let folder = night();
    for depth in ["1000001", "10000000000", "9223372036854775807"] {
        let output = run(folder.path(), &["standby", "scenario.json", "plan.json", "--depth", depth]);
        assert_eq!(code(&output), 2, "{output:?}");
    }
}

/// With two threads proofs are made beside searches, and whichever ends first ends both; with one they come first.
#[cfg(feature = "highs")]
#[test]
fn searches_side_by_side_change_no_byte() {
    let folder = folder();
    let spec = Spec { units: 150, departures: 8, all_rules: true, ..Spec::default() };
    std::fs::write(folder.path().join("rules.json"), generate(&spec).to_json()).expect("is written");
    let plan = |threads: &str| {
        let name = format!("{threads}.json");
        let output = run(folder.path(), &["solve", "rules.json", "--threads", threads, "-o", &name]);
        assert_eq!(code(&output), 0, "{output:?}");
        std::fs::read(folder.path().join(name)).expect("is written")
    };
    let one = plan("1");
    assert!(one == plan("2") && one == plan("4"), "the plans differ");
}

#[cfg(feature = "highs")]
#[test]
fn threads_change_no_answer_of_the_night() {
    let folder = night();
    for command in ["standby", "simulate", "replan"] {
        let answer = |threads: &str| {
            run(folder.path(), &[command, "scenario.json", "plan.json", "--json", "--threads", threads])
        };
        let (one, four) = (answer("1"), answer("4"));
        assert_eq!(code(&one), 0, "{one:?}");
        assert!(!one.stdout.is_empty() && one.stdout == four.stdout, "{command}");
    }
}

#[test]
fn a_page_and_completions_are_written() {
    let folder = folder();
    for arguments in [&["man"][..], &["completions", "bash"], &["schema", "plan"], &["schema", "scenario"]] {
        let output = run(folder.path(), arguments);
        assert!(code(&output) == 0 && output.stdout.len() > 500, "{arguments:?}");
    }
}

#[test]
fn the_schemas_are_the_files_that_are_shipped() {
    let folder = folder();
    for name in ["scenario", "plan"] {
        let output = run(folder.path(), &["schema", name]);
        assert!(output.stdout == crate::file(&format!("scenarios/{name}.schema.json")), "{name}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = folder();
    let mut child = Command::new(AIRBRIDGE)
        .args(["generate", "--units", "2000"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the command ends");
    assert!(output.stderr.is_empty(), "{output:?}");
}

/// A scenario that no method proves in a moment.
fn long_work() -> String {
    let spec = Spec { units: 1500, departures: 60, shape: Some(Shape::Small), ..Spec::default() };
    generate(&Spec { policy: PolicyKind::Categories, ..spec }).to_json()
}

#[test]
fn a_time_limit_gives_the_best_plan_so_far() {
    let folder = folder();
    let arguments = ["solve", "-", "-o", "plan.json", "--method", "flat", "--time-limit", "0"];
    let output = run_with(folder.path(), &arguments, long_work().as_bytes());
    assert_eq!(code(&output), 1, "{output:?}");
    let plan = std::fs::read(folder.path().join("plan.json")).expect("is written");
    let plan: Plan = serde_json::from_slice(&plan).expect("a plan");
    assert!(plan.levels.iter().all(|level| level.bound >= level.best));
}

/// Interrupts a solve, and says how it ended.
fn interrupted(folder: &Path, moment: Duration) -> Output {
    let mut child = Command::new(AIRBRIDGE)
        .args(["solve", "-", "-o", "plan.json", "--method", "flat"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // It listens to signals before it reads: once a pipe's worth of the scenario is gone, it does.
    child.stdin.take().expect("a pipe").write_all(long_work().as_bytes()).expect("it reads");
    let (send, ended) = channel();
    let id = child.id().to_string();
    std::thread::spawn(move || send.send(child.wait_with_output()));
    if let Ok(output) = ended.recv_timeout(moment) {
        return output.expect("the command ends");
    }
    let killed = Command::new("kill").args(["-INT", &id]).status().expect("there is a `kill`");
    assert!(killed.success());
    let output = ended.recv_timeout(Duration::from_mins(1)).expect("an interrupt ends it within a minute");
    output.expect("the command ends")
}

#[test]
fn an_interrupt_leaves_a_whole_plan_or_none() {
    for moment in [0, 100, 400] {
        let folder = folder();
        let output = interrupted(folder.path(), Duration::from_millis(moment));
        assert!([0, 1, 130].contains(&code(&output)), "{output:?}");
        assert_eq!(stray(folder.path()), Vec::<String>::new());
        let plan = folder.path().join("plan.json");
        assert_eq!(plan.exists(), code(&output) != 130, "{output:?}");
        if plan.exists() {
            std::fs::write(folder.path().join("long.json"), long_work()).expect("is written");
            let checked = run(folder.path(), &["check", "long.json", "plan.json"]);
            assert_eq!(code(&checked), 0, "{checked:?}");
        }
    }
}

/// What the command answers with `--json`.
#[track_caller]
fn answered(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let output = run(folder, &[arguments, &["--json"]].concat());
    assert_eq!(code(&output), 0, "{output:?}");
    serde_json::from_slice(&output.stdout).expect("an answer")
}

/// A folder with the scenario of a story and a plan of it.
fn story(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = root().join("scenarios").join(name).join("scenario.json");
    std::fs::copy(scenario, folder.path().join("scenario.json")).expect("is copied");
    let solved = run(folder.path(), &["solve", "scenario.json", "-o", "plan.json"]);
    assert_eq!(code(&solved), 0, "{solved:?}");
    folder
}

/// The night's scenario and its plan, as they are shipped.
fn night() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["scenario.json", "plan.json"] {
        let path = root().join("scenarios/night").join(name);
        std::fs::copy(path, folder.path().join(name)).expect("is copied");
    }
    folder
}

/// What happened claims no proof, and the checker's answer has the field all the same.
#[test]
fn the_levels_of_a_record_are_checked_with_the_proof_none() {
    let folder = night();
    let absent = ["standby", "scenario.json", "plan.json", "--absent", "F3", "-o", "flown.json"];
    assert_eq!(code(&run(folder.path(), &absent)), 0);
    let answer = answered(folder.path(), &["check", "scenario.json", "flown.json"]);
    let levels = answer["levels"].as_array().expect("levels");
    assert!(!levels.is_empty() && levels.iter().all(|level| level["proof"] == "none"), "{answer}");
    let text = run(folder.path(), &["check", "scenario.json", "flown.json"]);
    assert!(String::from_utf8_lossy(&text.stdout).contains("every claim holds"), "{text:?}");
}

/// Where the errors of a change that is refused point to, as `file:line:column path`.
#[track_caller]
fn places_of(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let change = ["change", "scenario.json", "-o", "new.json", "--json"];
    let output = run(folder, &[&change, arguments].concat());
    assert_eq!(code(&output), 2, "{output:?}");
    assert!(!folder.join("new.json").exists());
    let said: serde_json::Value = serde_json::from_slice(&output.stderr).expect("diagnostics");
    let place = |one: &serde_json::Value| {
        let text = |key: &str| one[key].as_str().expect("a string").to_owned();
        format!("{}:{}:{} {}", text("file"), one["line"], one["column"], text("path"))
    };
    said["diagnostics"].as_array().expect("a list").iter().map(place).collect()
}

/// The result is not written, so no error names a line of it.
#[test]
fn what_a_change_breaks_is_shown_where_it_was_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("is written");
    let scenario = concat!(
        "{\"format\": \"airbridge/scenario/1\", \"as_of\": \"2021-10-01T00:00:00Z\",\n",
        " \"places\": [{\"id\": \"KBL\"}, {\"id\": \"DOH\"}],\n",
        " \"departures\": [\n",
        "  {\"id\": \"D\", \"kind\": \"charter_flight\", \"from\": \"KBL\", \"to\": \"DOH\",\n",
        "   \"departs\": \"2021-10-09T06:00:00Z\", \"seats\": 9,\n",
        "   \"blocked_seats\": 2}],\n",
        " \"units\": [\n",
        "  {\"id\": \"U\", \"location\": \"KBL\", \"persons\": [{\"id\": \"P\", \"category\": \"lpr\", \"age\": 30}]}]}\n"
    );
    write("scenario.json", scenario);
    write(
        "wrapped.json",
        "{\"policy\":\n  {\"levels\": [{\"name\": \"a\",\n    \"maximise\": \"persons\"}]}}\n",
    );
    write("bare.json", "\n{\"levels\": []}\n");
    write(
        "patch.json",
        "[{\"op\": \"test\", \"path\": \"/as_of\", \"value\": \"2021-10-01T00:00:00Z\"},\n {\"op\": \"add\", \"path\": \"/departures/-\",\n  \"value\":\n   {\"id\": \"D\", \"seets\": 1}}]\n",
    );
    write(
        "move.json",
        "[{\"op\": \"move\", \"from\": \"/departures/0/seats\", \"path\": \"/units/0/sets\"}]",
    );
    let places = |arguments: &[&str]| places_of(folder.path(), arguments);
    let in_policy = ["wrapped.json:2:15 policy.levels[0]", "wrapped.json:3:5 policy.levels[0].maximise"];
    assert_eq!(places(&["--policy", "wrapped.json"]), in_policy);
    assert_eq!(places(&["--policy", "bare.json"]), ["bare.json:2:12 policy.levels"]);
    let in_patch = places(&["--patch", "patch.json"]);
    assert!(in_patch.contains(&"patch.json:4:16 departures[1].seets".to_owned()), "{in_patch:?}");
    assert!(in_patch.iter().all(|place| place.starts_with("patch.json:4:")), "{in_patch:?}");
    assert_eq!(places(&["--seats", "D", "1"]), ["scenario.json:6:21 departures[0].blocked_seats"]);
    let beyond = 1_i64 << 60;
    let of_option = places(&["--seats", "D", &beyond.to_string()]);
    assert_eq!(of_option, ["<--seats>:1:1 departures[0].seats"]);
    // What was moved is where it was written.
    let moved = places(&["--patch", "move.json"]);
    assert_eq!(moved, ["scenario.json:4:3 departures[0].seats", "scenario.json:5:48 units[0].sets"]);
}

/// `explain --on` suggests such a pin where the id is like that.
#[test]
fn an_id_that_begins_with_a_dash_can_be_pinned() {
    let folder = night();
    let scenario = std::fs::read_to_string(folder.path().join("scenario.json")).expect("it is there");
    std::fs::write(folder.path().join("dash.json"), scenario.replace("\"F1\"", "\"-F1\""))
        .expect("it is written");
    let changed = run(folder.path(), &["change", "dash.json", "--pin", "-F1", "Q1", "-o", "pinned.json"]);
    assert_eq!(code(&changed), 0, "{changed:?}");
    let pinned = std::fs::read(folder.path().join("pinned.json")).expect("it is written");
    let pinned: serde_json::Value = serde_json::from_slice(&pinned).expect("JSON");
    let pins = pinned["pins"].as_array().expect("a list");
    assert!(pins.contains(&json!({"unit": "-F1", "departure": "Q1"})), "{pins:?}");
}

/// A plan without pins that the scenario has is refused by all that read both: the note says so, and its patch mends it.
#[test]
fn a_plan_that_leaves_out_pins_says_how_the_scenario_is_mended() {
    let folder = night();
    let run = |arguments: &[&str]| run(folder.path(), arguments);
    let pin = ["--pin", "F2", "Q2", "--pin", "F1", "Q1", "--pin", "F7", "Q2"];
    assert_eq!(
        code(&run(&[&["change", "scenario.json", "-o", "a.json", "--cancel", "Q2"], &pin[..]].concat())),
        0
    );
    let dropped = run(&["replan", "a.json", "plan.json", "--drop-pins", "-o", "b.json", "--json"]);
    assert_eq!(code(&dropped), 0, "{dropped:?}");
    let refused = ["check", "explain", "value", "standby", "simulate"]
        .map(|command| code(&run(&[command, "a.json", "b.json", "--baseline", "plan.json"])));
    assert_eq!(refused, [1, 2, 2, 2, 2]);
    let note = String::from_utf8_lossy(&dropped.stderr).into_owned();
    assert!(note.contains("still pins unit `F2` on departure `Q2`, unit `F7` on departure `Q2`"), "{note}");
    let patch = note.lines().last().expect("a patch");
    std::fs::write(folder.path().join("patch.json"), patch).expect("is written");
    assert_eq!(code(&run(&["change", "a.json", "--patch", "patch.json", "-o", "c.json"])), 0, "{note}");
    assert_eq!(code(&run(&["replan", "c.json", "plan.json", "-o", "d.json"])), 0);
    for command in ["check", "explain", "value", "standby", "simulate"] {
        let answer = run(&[command, "c.json", "d.json", "--baseline", "plan.json"]);
        assert_eq!(code(&answer), 0, "{command}: {answer:?}");
    }
}

/// 0 promises that the plan's priority levels are proven: what its file says, not what holds among plans that keep.
#[test]
fn keeping_ends_with_0_where_the_plan_file_has_every_priority_proven() {
    let folder = night();
    let proven = |seats: &str, keep: &[&str]| {
        let change =
            ["change", "scenario.json", "--cancel", "Q2", "--seats", "Q3", seats, "-o", "night.json"];
        assert_eq!(code(&run(folder.path(), &change)), 0);
        let replan = ["replan", "night.json", "plan.json", "-o", "new.json"];
        let replanned = run(folder.path(), &[&replan, keep].concat());
        let plan = std::fs::read(folder.path().join("new.json")).expect("is written");
        let plan: Plan = serde_json::from_slice(&plan).expect("a plan");
        // Categories and `all`: `changes` and the tie-breaks come after them.
        let proven = plan.levels.iter().take(5).all(|level| level.proven == Some(true));
        assert_eq!(code(&replanned), i32::from(!proven), "{replanned:?}");
        proven
    };
    assert!(proven("5", &[]), "free to move people");
    assert!(!proven("5", &["--keep"]), "keeping costs two permanent residents");
    assert!(proven("11", &["--keep"]), "keeping costs nothing");
}

/// A list that a limit cut short calls fewer, and a run that was not settled counts for nothing: both are said.
#[test]
fn a_simulation_says_what_its_limit_left_open() {
    let folder = night();
    let simulate = ["simulate", "scenario.json", "plan.json", "--runs", "20", "--hindsight", "3"];
    let whole = answered(folder.path(), &simulate);
    assert_eq!((&whole["basis"], &whole["lists_not_proven"]), (&json!("estimated"), &json!(null)));
    assert_eq!(whole["hindsight_runs"], json!({"settled": 3, "not_proven": 0}), "{whole}");
    let stopped = [simulate.as_slice(), &["--time-limit", "0"]].concat();
    let open = answered(folder.path(), &stopped);
    assert_eq!(
        (&open["basis"], &open["lists_not_proven"]),
        (&json!("not_proven"), &json!(["Q1", "Q2", "Q3"]))
    );
    let runs = |what: &str| open["hindsight_runs"][what].as_u64().expect("a number");
    assert!(runs("not_proven") > 0 && runs("settled") + runs("not_proven") == 3, "{open}");
    let text = run(folder.path(), &stopped);
    let text = String::from_utf8_lossy(&text.stdout);
    assert!(text.contains("the standby lists of 3 of 3 departures: `Q1`, `Q2`, `Q3`"), "{text}");
    assert!(text.contains(&format!("not proven for {} run", runs("not_proven"))), "{text}");
    let uncalled = [stopped.as_slice(), &["--standby", "none"]].concat();
    assert_eq!(answered(folder.path(), &uncalled)["basis"], json!("estimated"));
}

/// Four equal families of two and four seats: in each draw the two highest numbers travel.
#[test]
fn the_odds_are_the_share_of_draws_that_seat_the_family() {
    const DRAWS: u64 = 50;
    let folder = story("lottery");
    let answer = answered(folder.path(), &["explain", "scenario.json", "plan.json", "--draws", "50"]);
    let units = answer["units"].as_array().expect("units");
    assert_eq!(units.len(), 2);
    for unit in units {
        let id = unit["unit"].as_str().expect("an id");
        let (mut least, mut most) = (0, 0);
        for seed in 1..=DRAWS {
            let number = |id: &str| airbridge::model::measure::draw(seed, id);
            let others: Vec<i64> =
                ["U1", "U2", "U3", "U4"].into_iter().filter(|other| *other != id).map(number).collect();
            let before = |wins: &dyn Fn(i64) -> bool| others.iter().filter(|other| wins(**other)).count();
            least += u64::from(before(&|other| other >= number(id)) < 2);
            most += u64::from(before(&|other| other > number(id)) < 2);
        }
        let odds = &unit["reason"]["odds"];
        assert_eq!((odds["draws"].as_u64(), odds["seed"].as_u64()), (Some(DRAWS), Some(1)), "{unit}");
        assert_eq!(unit["basis"], "estimated");
        let seated = odds["seated"].as_u64().expect("a count");
        assert!(
            (least..=most).contains(&seated),
            "{id}: {seated} of {DRAWS}, by the numbers {least} to {most}"
        );
    }
    let table = run(folder.path(), &["explain", "scenario.json", "plan.json", "--draws", "50"]);
    let table = String::from_utf8(table.stdout).expect("text");
    for unit in units {
        let seated = format!("{} of {DRAWS}", unit["reason"]["odds"]["seated"]);
        let row = table.lines().find(|line| line.contains(unit["unit"].as_str().expect("an id")));
        assert!(row.is_some_and(|row| row.ends_with(&seated)), "{table}");
    }
}

/// The story of who arrives under its own policy and with the two levels the other way round: both measured
/// by the first one's levels.
#[test]
fn a_plan_of_other_rules_is_compared_with_a_warning() {
    let folder = night();
    let plan = std::fs::read(folder.path().join("plan.json")).expect("it is there");
    let plan: serde_json::Value = serde_json::from_slice(&plan).expect("a plan");
    let compared = |plan: &serde_json::Value| {
        std::fs::write(folder.path().join("other.json"), plan.to_string()).expect("it is written");
        let compared = run(folder.path(), &["compare", "scenario.json", "plan.json", "other.json"]);
        assert_eq!(code(&compared), 0, "{compared:?}");
        String::from_utf8_lossy(&compared.stderr).into_owned()
    };
    assert_eq!(compared(&plan), "");
    let first = plan["assignments"][0].clone();
    let mut other = plan.clone();
    other["assignments"]
        .as_array_mut()
        .expect("a list")
        .extend([first.clone(), json!({"unit": "nobody", "departure": first["departure"]})]);
    assert!(
        compared(&other).starts_with("warning: 2 of the assignments of `other.json`"),
        "{}",
        compared(&other)
    );
    let mut other = plan.clone();
    let waiting = plan["unseated"][0]["unit"].clone();
    other["assignments"]
        .as_array_mut()
        .expect("a list")
        .push(json!({"unit": waiting, "departure": first["departure"]}));
    assert!(compared(&other).starts_with("warning: `other.json` breaks the rules"), "{}", compared(&other));
}

#[test]
fn what_is_wrong_with_a_policy_to_compare_is_said_at_its_place() {
    let folder = night();
    let policy = "{\"policy\": {\n  \"levels\": [{\"name\": \"all\", \"maximize\": \"people\"}]}}";
    std::fs::write(folder.path().join("wrong.json"), policy).expect("it is written");
    let compared =
        run(folder.path(), &["compare", "scenario.json", "--policies", "wrong.json", "--baselines"]);
    assert_eq!(code(&compared), 2);
    let told = String::from_utf8_lossy(&compared.stderr);
    assert!(told.contains("--> wrong.json:2:42  policy.levels[0].maximize"), "{told}");
}

#[test]
fn where_no_plan_obeys_the_rules_nothing_is_compared() {
    let folder = folder();
    std::fs::write(folder.path().join("pins.json"), crate::file("scenarios/infeasible/scenario.json"))
        .expect("it is written");
    let levels = json!({"levels": [{"name": "all", "maximize": "persons"}]});
    std::fs::write(folder.path().join("one.json"), levels.to_string()).expect("it is written");
    let compared = run(folder.path(), &["compare", "pins.json", "--policies", "one.json", "--baselines"]);
    assert_eq!((code(&compared), compared.stdout.as_slice()), (3, b"".as_slice()));
    let told = String::from_utf8_lossy(&compared.stderr);
    assert!(told.contains("pin unit `U2` departure `D1`"), "{told}");
    let alone = run(folder.path(), &["compare", "pins.json", "--policies", "one.json"]);
    let told = String::from_utf8_lossy(&alone.stderr);
    assert!(code(&alone) == 2 && told.contains("two policies"), "{told}");
}

#[test]
fn policies_are_compared_by_the_levels_of_the_first() {
    let folder = story("robust");
    let text = std::fs::read(folder.path().join("scenario.json")).expect("is there");
    let scenario: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let mut policy = scenario["policy"].clone();
    for name in ["arrive.json", "list.json"] {
        std::fs::write(folder.path().join(name), policy.to_string()).expect("is written");
        policy["levels"].as_array_mut().expect("levels").reverse();
    }
    let arguments = ["compare", "scenario.json", "--policies", "arrive.json", "list.json"];
    let answer = answered(folder.path(), &arguments);
    let plans = answer["plans"].as_array().expect("plans");
    let values = |plan: &serde_json::Value| -> Vec<i64> {
        let levels = plan["levels"].as_array().expect("levels");
        levels.iter().filter_map(|level| level["value"].as_i64()).collect()
    };
    assert_eq!(plans.iter().map(values).collect::<Vec<_>>(), [[8700, 11], [8100, 12]]);
    let persons: Vec<Option<i64>> = plans.iter().map(|plan| plan["persons"].as_i64()).collect();
    assert_eq!(persons, [Some(11), Some(12)]);
    let names: Vec<&str> = plans.iter().filter_map(|plan| plan["name"].as_str()).collect();
    assert_eq!(names, ["arrive.json", "list.json"]);
}

/// Even steps find points of the whole curve, its two ends among them; the picture has a dot for each.
#[test]
fn even_steps_along_a_frontier_are_points_of_it() {
    let folder = story("robust");
    let text = std::fs::read(folder.path().join("scenario.json")).expect("is there");
    let scenario: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let name = |k: usize| scenario["policy"]["levels"][k]["name"].as_str().expect("a name").to_owned();
    let (a, b) = (name(0), name(1));
    let between = ["frontier", "scenario.json", "--between", &a, &b];
    let pairs = |answer: &serde_json::Value| -> Vec<(i64, i64)> {
        let points = answer["points"].as_array().expect("points").iter();
        points.filter_map(|point| Some((point["a"].as_i64()?, point["b"].as_i64()?))).collect()
    };
    let whole = pairs(&answered(folder.path(), &between));
    let steps = [between.as_slice(), &["--points", "2", "--svg", "curve.svg"]].concat();
    let some = pairs(&answered(folder.path(), &steps));
    assert_eq!((whole.first(), whole.last()), (Some(&(8700, 11)), Some(&(8100, 12))));
    assert_eq!((some.first(), some.last()), (whole.first(), whole.last()));
    assert!(some.iter().all(|point| whole.contains(point)), "{some:?} of {whole:?}");
    let picture = std::fs::read_to_string(folder.path().join("curve.svg")).expect("is drawn");
    assert_eq!(picture.matches("<circle").count(), some.len());
}

/// Who sits at a terminal sees that the work goes on; the line is gone when the result stands there.
#[test]
fn a_terminal_shows_how_far_a_long_solve_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = folder.path().join("scenario.json");
    let spec = Spec { units: 2_000, departures: 30, all_rules: true, ..Spec::default() };
    std::fs::write(&scenario, generate(&spec).to_json()).expect("is written");
    let command = format!(
        "{AIRBRIDGE} solve {} -o {} --time-limit 3",
        scenario.display(),
        folder.path().join("plan.json").display()
    );
    // `script` gives the command a terminal.
    let script = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .stdin(Stdio::null())
        .output()
        .expect("`script` of util-linux runs");
    let seen = String::from_utf8_lossy(&script.stdout);
    let line = seen.find("\r\x1b[K").expect("a line that is written anew");
    let first = seen[line..].trim_start_matches("\r\x1b[K").lines().next().unwrap_or_default();
    assert!(first.contains(", 1 s"), "{first}");
    assert!(seen.contains(": value "), "levels have values and bounds: {seen}");
    let gone = seen.rfind("\r\x1b[K").expect("there is one");
    assert!(seen[gone..].contains("persons in"), "the result comes after the line: {}", &seen[gone..]);
}
