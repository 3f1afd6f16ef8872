//! One model with its thread, queue and state.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::error::{LlmError, ModelKind};
use crate::queue::{Job, JobQueue, PushError};
use crate::status::{LaneStatus, Meter, ModelInfo, ModelState, count};

/// A request that can be told it failed.
pub(crate) trait Refuse: Job {
    fn refuse(self, error: LlmError);
}

/// What the caller's side and the worker share.
pub(crate) struct Lane<T> {
    pub kind: ModelKind,
    pub queue: JobQueue<T>,
    pub meter: Meter,
    state: Mutex<(ModelState, Option<ModelInfo>)>,
    state_changed: Condvar,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl<T: Refuse + Send + 'static> Lane<T> {
    /// A lane without a model.
    pub fn off(kind: ModelKind, reason: String) -> Arc<Self> {
        let lane = Self::with_state(kind, 0, ModelState::Off(reason));
        lane.queue.close();
        Arc::new(lane)
    }

    /// Starts the thread `work`, which loads the model, calls [`ready`](Self::ready)
    /// and serves the queue until it is closed. An error or a panic of `work`
    /// ends the lane as failed.
    pub fn start(
        kind: ModelKind,
        queue_limit: usize,
        work: impl FnOnce(&Self) -> Result<(), String> + Send + 'static,
    ) -> Arc<Self> {
        let lane = Arc::new(Self::with_state(kind, queue_limit, ModelState::Loading));
        let worker = Arc::clone(&lane);
        let spawned = std::thread::Builder::new()
            .name(format!("kontor-{kind}"))
            .spawn(move || worker.run(work));
        match spawned {
            Ok(thread) => *lock(&lane.thread) = Some(thread),
            Err(error) => lane.fail(format!("no thread for it: {error}")),
        }
        lane
    }

    fn with_state(kind: ModelKind, queue_limit: usize, state: ModelState) -> Self {
        Self {
            kind,
            queue: JobQueue::new(queue_limit),
            meter: Meter::default(),
            state: Mutex::new((state, None)),
            state_changed: Condvar::new(),
            thread: Mutex::new(None),
        }
    }

    fn run(&self, work: impl FnOnce(&Self) -> Result<(), String>) {
        // The worker owns everything it works with, so nothing half-changed
        // outlives a panic.
        match catch_unwind(AssertUnwindSafe(|| work(self))) {
            Ok(Ok(())) => self.set_state(ModelState::Stopped),
            Ok(Err(reason)) => self.fail(reason),
            Err(panic) => self.fail(format!("panic: {}", panic_text(panic.as_ref()))),
        }
        self.meter.active.store(0, Ordering::Relaxed);
    }

    /// The model is loaded.
    pub fn ready(&self, info: ModelInfo) {
        tracing::info!(kind = %self.kind, name = info.name, ms = info.load_ms, "model loaded");
        let mut state = lock(&self.state);
        *state = (ModelState::Ready, Some(info));
        self.state_changed.notify_all();
    }

    fn fail(&self, reason: String) {
        tracing::error!(kind = %self.kind, reason, "model failed");
        // First the state, so that whoever is refused sees why.
        self.set_state(ModelState::Failed(reason));
        for job in self.queue.close() {
            count(&self.meter.failed);
            job.refuse(self.unavailable());
        }
    }

    fn set_state(&self, new: ModelState) {
        lock(&self.state).0 = new;
        self.state_changed.notify_all();
    }

    /// Queues a request, or says why not.
    pub fn submit(&self, job: T) -> Result<(), LlmError> {
        if !matches!(lock(&self.state).0, ModelState::Loading | ModelState::Ready) {
            return Err(self.unavailable());
        }
        match self.queue.push(job) {
            Ok(()) => {
                count(&self.meter.accepted);
                Ok(())
            }
            Err(PushError::Full(_)) => {
                count(&self.meter.refused);
                Err(LlmError::QueueFull {
                    kind: self.kind,
                    limit: self.queue.limit(),
                })
            }
            Err(PushError::Closed(_)) => Err(self.unavailable()),
        }
    }

    fn unavailable(&self) -> LlmError {
        let kind = self.kind;
        match &lock(&self.state).0 {
            ModelState::Failed(reason) => LlmError::Failed {
                kind,
                reason: reason.clone(),
            },
            ModelState::Off(reason) => LlmError::Off {
                kind,
                reason: reason.clone(),
            },
            _ => LlmError::Off {
                kind,
                reason: "the engine is stopping".to_owned(),
            },
        }
    }

    /// Refuses waiting requests that are cancelled or late.
    pub fn refuse_dead(&self, now: Instant) {
        for job in self.queue.take_dead(now) {
            self.refuse_one_dead(job);
        }
    }

    /// Refuses one request that is cancelled or late.
    pub fn refuse_one_dead(&self, job: T) {
        if job.is_cancelled() {
            count(&self.meter.cancelled);
            job.refuse(LlmError::Cancelled);
        } else {
            count(&self.meter.late);
            job.refuse(LlmError::DeadlineExceeded);
        }
    }

    /// Waits until the model is loaded or known not to load.
    pub fn wait_loaded(&self, timeout: Duration) -> ModelState {
        let loading = |state: &mut (ModelState, _)| state.0 == ModelState::Loading;
        let (state, _) = self
            .state_changed
            .wait_timeout_while(lock(&self.state), timeout, loading)
            .unwrap_or_else(PoisonError::into_inner);
        state.0.clone()
    }

    pub fn status(&self) -> LaneStatus {
        let (state, model) = lock(&self.state).clone();
        LaneStatus {
            state,
            model,
            queued: self.queue.lengths(),
            active: self.meter.active.load(Ordering::Relaxed),
            counters: self.meter.snapshot(),
        }
    }

    /// Cancels everything and waits for the thread to end.
    pub fn stop(&self) {
        for job in self.queue.close() {
            count(&self.meter.cancelled);
            job.refuse(LlmError::Cancelled);
        }
        let thread = lock(&self.thread).take();
        if let Some(thread) = thread
            && thread.thread().id() != std::thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!(kind = %self.kind, "the model's thread panicked while stopping");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::Priority;
    use std::sync::mpsc::{Sender, channel};

    struct Probe(Sender<LlmError>);

    impl Job for Probe {
        fn priority(&self) -> Priority {
            Priority::Customer
        }
        fn deadline(&self) -> Option<Instant> {
            None
        }
        fn is_cancelled(&self) -> bool {
            false
        }
    }

    impl Refuse for Probe {
        fn refuse(self, error: LlmError) {
            drop(self.0.send(error));
        }
    }

    #[test]
    fn a_panic_fails_the_lane_and_everyone_is_told() {
        let (go, wait) = channel::<()>();
        let lane: Arc<Lane<Probe>> = Lane::start(ModelKind::Chat, 4, move |_| {
            let _disconnected = wait.recv();
            panic!("the model exploded");
        });
        let (sender, refused) = channel();
        assert!(lane.submit(Probe(sender.clone())).is_ok());
        drop(go);
        let expected = LlmError::Failed {
            kind: ModelKind::Chat,
            reason: "panic: the model exploded".to_owned(),
        };
        assert_eq!(refused.recv().ok(), Some(expected.clone()));
        assert_eq!(lane.submit(Probe(sender)), Err(expected));
        assert_eq!(lane.status().counters.failed, 1);
        lane.stop();
    }

    #[test]
    fn a_lane_that_is_off_says_why() {
        let lane: Arc<Lane<Probe>> = Lane::off(ModelKind::Embed, "too old a processor".into());
        let (sender, _refused) = channel();
        let error = lane.submit(Probe(sender)).expect_err("off").to_string();
        assert_eq!(error, "no embedding model: too old a processor");
        lane.stop();
    }
}
