//! The solver on a leash: its searches run in a child process of this very binary, so that a limit, an
//! interrupt, a hang or an abort of foreign code is a kill and a clear error, never a lost plan.
//!
//! A frame on the pipe is 8 bytes of length, little-endian, then JSON: a task down, an answer up.

use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use airbridge::solve::linear::{self, Answer, Fault, Outcome, Pair, Task};

use super::Failure;
use super::interrupt::Deadline;

/// The hidden command that serves tasks.
pub(crate) const WORKER: &str = "linear-worker";

/// How often a running search is asked whether it should go on.
const POLL: Duration = Duration::from_millis(10);

/// What a search may take beyond its limit before it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// Child processes that run linear tasks; one while tasks come one after the other, one more for a proof beside.
pub(crate) struct Leash {
    deadline: Deadline,
    idle: Mutex<Vec<Worker>>,
}

struct Worker {
    child: Child,
    answers: Receiver<io::Result<Vec<u8>>>,
}

impl Leash {
    pub(crate) fn new(deadline: Deadline) -> Self {
        Self { deadline, idle: Mutex::new(Vec::new()) }
    }

    /// Runs a task: what our own solver does soon and within its budget here, the rest in a child process.
    pub(crate) fn run(&self, task: &Task) -> Result<Answer, Fault> {
        let here = Some(task).filter(|task| !linear::takes_long(task)).and_then(linear::run_within_budget);
        if let Some(answer) = here {
            return Ok(answer);
        }
        match Pair::of(task).filter(|_| rayon::current_num_threads() > 1) {
            Some(pair) => self.pair(&pair),
            None => self.ask(task, &AtomicBool::new(false)),
        }
    }

    /// Runs two searches side by side; what one of them says may spare the other its end, never change it.
    fn pair(&self, pair: &Pair) -> Result<Answer, Fault> {
        let is_settled = AtomicBool::new(false);
        let run = |task: &Task, settles: &dyn Fn(&Answer) -> bool| {
            let answer = self.ask(task, &is_settled);
            if answer.as_ref().is_ok_and(settles) {
                is_settled.store(true, Ordering::Relaxed);
            }
            answer
        };
        let (points, proof) = std::thread::scope(|scope| {
            let proof = scope.spawn(|| run(&pair.proof, &|answer| pair.is_settled_by_proof(answer)));
            (run(&pair.points, &|answer| pair.is_settled_by_points(answer)), proof.join())
        });
        pair.settled(points, proof.unwrap_or_else(|_| Err(Fault::Process("its thread ended".into()))))
    }

    /// Runs a task in a child process, unless it is no longer wanted.
    fn ask(&self, task: &Task, is_settled: &AtomicBool) -> Result<Answer, Fault> {
        let mut worker = self.take()?;
        let answer = worker.ask(task, self.deadline, is_settled)?;
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(worker);
        }
        answer
    }

    fn take(&self) -> Result<Worker, Fault> {
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        idle.map_or_else(|| Worker::start().map_err(|error| Fault::Process(error.to_string())), Ok)
    }
}

impl Worker {
    fn start() -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(WORKER)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut output = child.stdout.take().ok_or_else(|| io::Error::other("no pipe"))?;
        let (send, answers) = channel();
        std::thread::spawn(move || {
            loop {
                let frame = read_frame(&mut output);
                let ended = frame.is_err();
                if send.send(frame).is_err() || ended {
                    return;
                }
            }
        });
        Ok(Self { child, answers })
    }

    /// The outer error: the worker is gone. The inner one: the solver reports a fault.
    fn ask(
        &mut self,
        task: &Task,
        deadline: Deadline,
        is_settled: &AtomicBool,
    ) -> Result<Result<Answer, Fault>, Fault> {
        let mut task = task.clone();
        let left = deadline.left();
        task.limit_ms = left.and_then(|left| u64::try_from(left.as_millis()).ok());
        let frame = serde_json::to_vec(&task).map_err(|error| Fault::Process(error.to_string()))?;
        let input = self.child.stdin.as_mut().ok_or_else(|| Fault::Process("no pipe".into()))?;
        write_frame(input, &frame).map_err(|error| Fault::Process(error.to_string()))?;
        let end = left.map(|left| std::time::Instant::now() + left + GRACE);
        loop {
            match self.answers.recv_timeout(POLL) {
                Ok(frame) => return decode(frame),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Fault::Process("it closed its output".into()));
                }
                Err(RecvTimeoutError::Timeout) => {
                    let late = end.is_some_and(|end| std::time::Instant::now() >= end);
                    if late || deadline.is_interrupted() || is_settled.load(Ordering::Relaxed) {
                        return Err(Fault::Process("stopped".into()));
                    }
                }
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing to be done about a child that cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn decode(frame: io::Result<Vec<u8>>) -> Result<Result<Answer, Fault>, Fault> {
    let process = |error: &dyn std::fmt::Display| Fault::Process(error.to_string());
    let frame = frame.map_err(|error| process(&error))?;
    serde_json::from_slice(&frame).map_err(|error| process(&error))
}

fn read_frame(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 8];
    from.read_exact(&mut length)?;
    let length = usize::try_from(u64::from_le_bytes(length)).map_err(io::Error::other)?;
    let mut frame = Vec::new();
    frame.try_reserve_exact(length).map_err(io::Error::other)?;
    frame.resize(length, 0);
    from.read_exact(&mut frame)?;
    Ok(frame)
}

fn write_frame(to: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    let length = u64::try_from(frame.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(frame)?;
    to.flush()
}

/// The child's side: answers tasks until the parent closes the pipe.
pub(crate) fn serve() -> Result<ExitCode, Failure> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    while let Ok(frame) = read_frame(&mut input) {
        let answer: Result<Answer, Fault> = match serde_json::from_slice(&frame) {
            Ok(task) => linear::run(&task),
            Err(error) => Err(Fault::Process(error.to_string())),
        };
        let answer = answer.map(keep_partial);
        let frame = serde_json::to_vec(&answer).map_err(|error| Failure::Machine(error.to_string()))?;
        write_frame(&mut output, &frame).map_err(|error| Failure::Machine(error.to_string()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prices of a relaxation that was stopped are no optimum; they still bound.
fn keep_partial(answer: Answer) -> Answer {
    let stopped = answer.outcome == Outcome::Stopped;
    if stopped { Answer { prices: Vec::new(), ..answer } } else { answer }
}
