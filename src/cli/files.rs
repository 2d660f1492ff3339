//! Files in and out: read whole, written whole or not at all.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use airbridge::plan::{Plan, ScenarioRef, Status};
use airbridge::scenario::read::{digest, read};
use airbridge::scenario::{Baseline, Scenario};

use super::{Failure, ScenarioArgs};

/// Reads a file, or stdin for `-`.
pub(crate) fn input(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = if is_dash(path) {
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    read.map_err(|error| {
        if error.kind() == io::ErrorKind::OutOfMemory {
            return Failure::io("read", path, &error);
        }
        Failure::Usage(format!("cannot read `{}`: {error}", path.display()))
    })
}

/// Whether the path stands for stdin or stdout.
pub(crate) fn is_dash(path: &Path) -> bool {
    path == Path::new("-")
}

/// A file's name as messages show it.
pub(crate) fn shown(path: &Path) -> String {
    if is_dash(path) { "<stdin>".into() } else { path.display().to_string() }
}

/// A scenario that was read, with the plan it is changed from.
pub(crate) struct Loaded {
    pub(crate) scenario: Scenario,
    pub(crate) warnings: Vec<airbridge::diagnostic::Diagnostic>,
    pub(crate) digest: String,
    pub(crate) baseline: Option<Baseline>,
    pub(crate) text: Vec<u8>,
    pub(crate) name: String,
}

/// Reads a scenario and its baseline.
pub(crate) fn load(args: &ScenarioArgs) -> Result<Loaded, Failure> {
    loaded(&input(&args.scenario)?, args)
}

/// Reads a scenario whose text is at hand, and its baseline.
pub(crate) fn loaded(text: &[u8], args: &ScenarioArgs) -> Result<Loaded, Failure> {
    let name = shown(&args.scenario);
    let read = read(text, &name)?;
    let baseline = args.baseline.as_deref().map(|path| baseline(path, &read.scenario)).transpose()?;
    Ok(Loaded {
        scenario: read.scenario,
        warnings: read.warnings,
        digest: digest(text),
        baseline,
        text: text.to_vec(),
        name,
    })
}

impl Loaded {
    /// The scenario as answers and plans name it.
    pub(crate) fn reference(&self) -> ScenarioRef {
        ScenarioRef { name: self.scenario.name.clone(), digest: self.digest.clone() }
    }
}

fn baseline(path: &Path, scenario: &Scenario) -> Result<Baseline, Failure> {
    let text = input(path)?;
    let assignments = airbridge::plan::read::read_baseline(&text, &shown(path))?;
    let pairs = assignments.iter().map(|(unit, departure)| (unit.as_str(), departure.as_str()));
    Ok(Baseline::resolve(digest(&text), pairs, scenario))
}

/// Where a command writes: a file, or stdout.
pub(crate) struct Output {
    path: Option<PathBuf>,
}

impl Output {
    /// Checks before the work begins that `path` can be an output: its folder exists, and it is none of the inputs.
    pub(crate) fn new(path: Option<&Path>, inputs: &[&Path]) -> Result<Self, Failure> {
        let path = path.filter(|path| !is_dash(path));
        let same = |input: &&&Path| match (path.map(Path::canonicalize), input.canonicalize()) {
            (Some(Ok(output)), Ok(input)) => output == input,
            _ => false,
        };
        let folder = path.and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            let folder = folder.display();
            return Err(Failure::Usage(format!("there is no folder `{folder}` to write to; make it first")));
        }
        match inputs.iter().find(same) {
            Some(input) => Err(Failure::Usage(format!(
                "the output `{}` is also an input; name another file",
                input.display()
            ))),
            None => Ok(Self { path: path.map(Path::to_owned) }),
        }
    }

    /// Whether the output is a file.
    pub(crate) fn is_file(&self) -> bool {
        self.path.is_some()
    }

    /// Refuses to let a plan without assignments replace one that has some.
    pub(crate) fn may_replace(&self, plan: &Plan, force: bool) -> Result<(), Failure> {
        let empty = matches!(plan.status, Status::Infeasible | Status::Unknown);
        let Some(path) = self.path.as_deref().filter(|_| empty && !force) else { return Ok(()) };
        let known = Some(path).filter(|path| path.is_file());
        let known = known
            .and_then(|path| std::fs::read(path).ok())
            .and_then(|bytes| serde_json::from_slice::<Plan>(&bytes).ok());
        if known.is_some_and(|known| !known.assignments.is_empty()) {
            let path = path.display();
            let message = format!(
                "`{path}` holds a plan with assignments, and this one has none; `--force` replaces it"
            );
            return Err(Failure::Usage(message));
        }
        Ok(())
    }

    /// Writes the whole of it, or nothing: a temporary file in the same folder, synced, then renamed.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        match &self.path {
            None => print(bytes),
            Some(path) => replace(path, bytes).map_err(|error| Failure::io("write", path, &error)),
        }
    }
}

/// The file is readable by its owner alone, as temporary files are: a leaked list kills. A device or a pipe is written
/// to: a file in its place would be gone from everybody's `/dev`.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let is_stream = path.metadata().is_ok_and(|of| !of.is_file() && !of.is_dir());
    if is_stream {
        return std::fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    // An error of the temporary file names that; what went wrong is its kind.
    written_beside(path, bytes).map_err(|error| error.kind().into())
}

fn written_beside(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".airbridge-").suffix(".tmp").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Prints to stdout; a reader that has gone away is not an error.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Machine(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints what clap has to say (help on stdout, errors on stderr) and gives its exit code.
pub(crate) fn clap_exit(error: &clap::Error) -> ExitCode {
    // Nothing can be said where printing fails.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
}
