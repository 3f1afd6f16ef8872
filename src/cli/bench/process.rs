//! What the kernel knows about a process (Linux: proc(5)).

use anyhow::Context;

/// `/proc/PID/stat` counts in hundredths of a second on every architecture (USER_HZ).
const TICK_MS: f64 = 10.0;

/// CPU time of all threads of a process so far, ended ones included, in milliseconds.
///
/// # Errors
/// There is no such process, or no `/proc`.
pub fn cpu_ms(pid: u32) -> anyhow::Result<f64> {
    let path = format!("/proc/{pid}/stat");
    let stat = std::fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    ticks(&stat)
        .map(|ticks| ticks as f64 * TICK_MS)
        .with_context(|| format!("{path} has another form"))
}

/// utime + stime, fields 14 and 15; the name (field 2) may hold spaces and brackets.
fn ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// Resident memory of a process in megabytes (10⁶ bytes), mapped files included.
///
/// # Errors
/// There is no such process, or no `/proc`.
pub fn resident_mb(pid: u32) -> anyhow::Result<f64> {
    let path = format!("/proc/{pid}/status");
    let status = std::fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    kilobytes(&status, "VmRSS:")
        .map(|kb| kb as f64 * 1024.0 / 1e6)
        .with_context(|| format!("{path} has no VmRSS"))
}

/// Memory that a process takes from the machine (proportional set size) in megabytes: a page of a
/// file that several connections have mapped counts once, where resident memory counts it for each.
///
/// # Errors
/// There is no such process, or no `/proc`.
pub fn proportional_mb(pid: u32) -> anyhow::Result<f64> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let rollup = std::fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    kilobytes(&rollup, "Pss:")
        .map(|kb| kb as f64 * 1024.0 / 1e6)
        .with_context(|| format!("{path} has no Pss"))
}

fn kilobytes(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_shifts_nothing() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 900 0 3 0 41 12 0 0 20 0 5 0 900 1 2 3";
        assert_eq!(ticks(stat), Some(53));
        assert_eq!(ticks("7 (a) S 1"), None);
        assert_eq!(ticks(""), None);
    }

    #[test]
    fn resident_memory_is_read_by_name() {
        let status = "Name:\tkontor\nVmHWM:\t  9000 kB\nVmRSS:\t  8000 kB\n";
        assert_eq!(kilobytes(status, "VmRSS:"), Some(8000));
        assert_eq!(kilobytes(status, "VmSwap:"), None);
    }
}
