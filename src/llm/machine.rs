//! What this machine has for a model.

use serde::Serialize;

/// Memory and cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// Bytes of memory this process may use; 0 where that cannot be told.
    pub memory: u64,
    /// Cores this process may use.
    pub cores: usize,
}

impl Machine {
    /// This machine, or the container around this process.
    pub fn here() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let total = mem_total(&read("/proc/meminfo"));
        // cgroup version 2, as systemd and container engines set it; "max" means no limit.
        let limit = read("/sys/fs/cgroup/memory.max").trim().parse().ok();
        Self {
            memory: limit.map_or(total, |limit| total.min(limit)),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// `MemTotal` of `/proc/meminfo` (proc_meminfo(5)), in bytes.
fn mem_total(meminfo: &str) -> u64 {
    meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.trim().strip_suffix("kB"))
        .and_then(|kib| kib.trim().parse::<u64>().ok())
        .map_or(0, |kib| kib.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_bytes() {
        let text = "MemFree: 5 kB\nMemTotal:       24614380 kB\n";
        assert_eq!(mem_total(text), 24_614_380 * 1024);
        assert_eq!(mem_total("MemTotal: many kB"), 0);
        assert_eq!(mem_total(""), 0);
    }

    #[test]
    fn this_machine_has_something() {
        let machine = Machine::here();
        assert!(machine.cores >= 1 && machine.memory > 0, "{machine:?}");
    }
}
