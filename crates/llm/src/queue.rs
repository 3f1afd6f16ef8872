//! A bounded queue of requests by urgency.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Serialize;

/// How urgent a request is. Within one priority the oldest goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Nobody waits: re-indexing, nightly work.
    Background,
    /// A customer waits for an answer by mail or in the portal.
    Customer,
    /// Somebody looks at the screen.
    Interactive,
}

impl Priority {
    const ALL: [Self; 3] = [Self::Interactive, Self::Customer, Self::Background];
}

/// A shared flag that asks for a request to be given up.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Asks for the request to be given up; it ends at its next token.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether cancelling was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many requests wait, by priority.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct QueueLengths {
    /// Waiting at [`Priority::Interactive`].
    pub interactive: usize,
    /// Waiting at [`Priority::Customer`].
    pub customer: usize,
    /// Waiting at [`Priority::Background`].
    pub background: usize,
}

/// What the queue must know of a request.
pub(crate) trait Job {
    fn priority(&self) -> Priority;
    fn deadline(&self) -> Option<Instant>;
    fn is_cancelled(&self) -> bool;

    /// Cancelled, or late.
    fn is_dead(&self, now: Instant) -> bool {
        self.is_cancelled() || self.deadline().is_some_and(|deadline| deadline <= now)
    }
}

/// Why a request was not queued; the request comes back.
pub(crate) enum PushError<T> {
    Full(T),
    Closed(T),
}

/// The queue. `limit` counts per priority, so that background work can never
/// keep a person out.
pub(crate) struct JobQueue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    limit: usize,
}

struct State<T> {
    /// Unordered; a scan over at most three times `limit` entries is cheap
    /// beside what a request costs.
    entries: Vec<(u64, T)>,
    next_number: u64,
    closed: bool,
}

impl<T: Job> JobQueue<T> {
    pub fn new(limit: usize) -> Self {
        Self {
            state: Mutex::new(State {
                entries: Vec::new(),
                next_number: 0,
                closed: false,
            }),
            changed: Condvar::new(),
            limit,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing in here leaves the state half-changed, so a panic elsewhere
        // while the lock was held does no harm.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Adds a request at the end of its priority.
    pub fn push(&self, job: T) -> Result<(), PushError<T>> {
        let mut state = self.lock();
        if state.closed {
            return Err(PushError::Closed(job));
        }
        let waiting = state
            .entries
            .iter()
            .filter(|(_, other)| other.priority() == job.priority())
            .count();
        if waiting >= self.limit {
            return Err(PushError::Full(job));
        }
        let number = state.next_number;
        state.next_number += 1;
        state.entries.push((number, job));
        self.changed.notify_one();
        Ok(())
    }

    /// Puts a begun request back to where it came from.
    pub fn put_back(&self, number: u64, job: T) {
        self.lock().entries.push((number, job));
    }

    /// Takes the most urgent request that is to be begun, waiting for one.
    /// `None` once the queue is closed.
    pub fn pop_wait(&self) -> Option<(u64, T)> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(index) = state.first() {
                return Some(state.entries.swap_remove(index));
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes the most urgent request without waiting, if it is `wanted`. What is
    /// not wanted yet keeps its turn: nothing less urgent overtakes it.
    pub fn try_pop_if(&self, wanted: impl FnOnce(&T) -> bool) -> Option<(u64, T)> {
        let mut state = self.lock();
        let index = state.first()?;
        let (_, job) = state.entries.get(index)?;
        wanted(job).then(|| state.entries.swap_remove(index))
    }

    /// Whether a request more urgent than `priority` waits.
    pub fn has_more_urgent(&self, priority: Priority) -> bool {
        self.lock()
            .entries
            .iter()
            .any(|(_, job)| job.priority() > priority)
    }

    /// Takes out what is cancelled or late.
    pub fn take_dead(&self, now: Instant) -> Vec<T> {
        let mut state = self.lock();
        let dead = state.entries.extract_if(.., |(_, job)| job.is_dead(now));
        dead.map(|(_, job)| job).collect()
    }

    /// Refuses new requests and returns those that waited.
    pub fn close(&self) -> Vec<T> {
        let mut state = self.lock();
        state.closed = true;
        self.changed.notify_all();
        state.entries.drain(..).map(|(_, job)| job).collect()
    }

    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    pub fn lengths(&self) -> QueueLengths {
        let state = self.lock();
        let [interactive, customer, background] = Priority::ALL.map(|priority| {
            let same = |(_, job): &&(u64, T)| job.priority() == priority;
            state.entries.iter().filter(same).count()
        });
        QueueLengths {
            interactive,
            customer,
            background,
        }
    }
}

impl<T: Job> State<T> {
    fn first(&self) -> Option<usize> {
        let by_urgency =
            |(_, (number, job)): &(usize, &(u64, T))| (job.priority(), std::cmp::Reverse(*number));
        let first = self.entries.iter().enumerate().max_by_key(by_urgency);
        first.map(|(index, _)| index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    struct Item(&'static str, Priority, Option<Instant>, CancelToken);

    impl Job for Item {
        fn priority(&self) -> Priority {
            self.1
        }
        fn deadline(&self) -> Option<Instant> {
            self.2
        }
        fn is_cancelled(&self) -> bool {
            self.3.is_cancelled()
        }
    }

    fn item(name: &'static str, priority: Priority) -> Item {
        Item(name, priority, None, CancelToken::default())
    }

    fn drain(queue: &JobQueue<Item>) -> Vec<&'static str> {
        std::iter::from_fn(|| queue.try_pop_if(|_| true).map(|(_, item)| item.0)).collect()
    }

    #[test]
    fn the_most_urgent_goes_first_and_the_oldest_within_it() {
        let queue = JobQueue::new(8);
        for (name, priority) in [
            ("b1", Priority::Background),
            ("c1", Priority::Customer),
            ("i1", Priority::Interactive),
            ("b2", Priority::Background),
            ("c2", Priority::Customer),
            ("i2", Priority::Interactive),
        ] {
            assert!(queue.push(item(name, priority)).is_ok());
        }
        assert!(queue.has_more_urgent(Priority::Customer));
        assert_eq!(drain(&queue), ["i1", "i2", "c1", "c2", "b1", "b2"]);
        assert!(!queue.has_more_urgent(Priority::Background));
    }

    #[test]
    fn background_work_cannot_keep_a_person_out() {
        let queue = JobQueue::new(1);
        assert!(queue.push(item("b1", Priority::Background)).is_ok());
        let refused = queue.push(item("b2", Priority::Background));
        assert!(matches!(refused, Err(PushError::Full(item)) if item.0 == "b2"));
        assert!(queue.push(item("i1", Priority::Interactive)).is_ok());
        assert_eq!(queue.lengths().background, 1);
        assert_eq!(queue.lengths().interactive, 1);
    }

    #[test]
    fn what_is_not_wanted_yet_is_not_overtaken() {
        let queue = JobQueue::new(8);
        assert!(queue.push(item("large", Priority::Customer)).is_ok());
        assert!(queue.push(item("small", Priority::Customer)).is_ok());
        assert!(queue.try_pop_if(|item| item.0 == "small").is_none());
        assert_eq!(drain(&queue), ["large", "small"]);
    }

    #[test]
    fn what_is_put_back_keeps_its_place() {
        let queue = JobQueue::new(8);
        assert!(queue.push(item("first", Priority::Customer)).is_ok());
        assert!(queue.push(item("second", Priority::Customer)).is_ok());
        let (number, first) = queue.try_pop_if(|_| true).expect("two wait");
        assert_eq!(first.0, "first");
        queue.put_back(number, first);
        assert_eq!(drain(&queue), ["first", "second"]);
    }

    #[test]
    fn dead_requests_are_taken_out_wherever_they_stand() {
        let queue = JobQueue::new(8);
        let now = Instant::now();
        let cancelled = item("cancelled", Priority::Interactive);
        cancelled.3.cancel();
        let late = Item(
            "late",
            Priority::Background,
            Some(now),
            CancelToken::default(),
        );
        let soon = now + Duration::from_secs(60);
        let alive = Item(
            "alive",
            Priority::Customer,
            Some(soon),
            CancelToken::default(),
        );
        for job in [cancelled, late, alive] {
            assert!(queue.push(job).is_ok());
        }
        let dead: Vec<_> = queue.take_dead(now).iter().map(|item| item.0).collect();
        assert_eq!(dead, ["cancelled", "late"]);
        assert_eq!(drain(&queue), ["alive"]);
    }

    #[test]
    fn closing_wakes_the_worker_and_returns_what_waited() {
        let queue = Arc::new(JobQueue::new(8));
        let worker = std::thread::spawn({
            let queue = Arc::clone(&queue);
            move || queue.pop_wait().is_none()
        });
        std::thread::sleep(Duration::from_millis(20));
        assert!(queue.close().is_empty());
        assert!(worker.join().expect("no panic"));
        assert!(matches!(
            queue.push(item("late", Priority::Customer)),
            Err(PushError::Closed(_))
        ));
    }
}
