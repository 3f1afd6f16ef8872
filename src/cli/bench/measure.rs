//! Times and their quantiles.

use std::time::{Duration, Instant};

use super::{http::Client, process};

/// Times of single observations, in milliseconds, sorted.
pub struct Times(Vec<f64>);

impl Times {
    pub fn new(times: impl IntoIterator<Item = Duration>) -> Self {
        let mut ms: Vec<f64> = times.into_iter().map(|t| t.as_secs_f64() * 1e3).collect();
        ms.sort_by(f64::total_cmp);
        Self(ms)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The least time that so large a part of the observations keeps (nearest rank); NaN of none.
    pub fn quantile(&self, part: f64) -> f64 {
        let rank = (part * self.0.len() as f64).ceil() as usize;
        let index = rank.clamp(1, self.0.len().max(1)) - 1;
        self.0.get(index).copied().unwrap_or(f64::NAN)
    }

    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }
}

/// A page, asked for again and again over one connection.
pub struct Page {
    /// As the client sees it.
    pub times: Times,
    /// CPU of the whole server process per request, in milliseconds.
    pub cpu_ms: f64,
}

/// Requests before those that count: caches fill, connections open.
const WARM_UP: usize = 30;

/// Asks for `addresses` in turn, `n` times together, and measures time and the CPU of process `pid`.
///
/// # Errors
/// An answer that is not 200; the server is gone.
pub async fn page(
    client: &mut Client,
    pid: u32,
    addresses: &[String],
    n: usize,
) -> anyhow::Result<Page> {
    for address in addresses.iter().cycle().take(WARM_UP.min(n)) {
        client.get(address).await?;
    }
    let mut times = Vec::with_capacity(n);
    let before = process::cpu_ms(pid)?;
    for address in addresses.iter().cycle().take(n) {
        let started = Instant::now();
        client.get(address).await?;
        times.push(started.elapsed());
    }
    let cpu = process::cpu_ms(pid)? - before;
    Ok(Page {
        times: Times::new(times),
        cpu_ms: cpu / n as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_observations() {
        let times = Times::new((1..=100).rev().map(Duration::from_millis));
        assert_eq!(times.median(), 50.0);
        assert_eq!(times.quantile(0.99), 99.0);
        assert_eq!(times.quantile(1.0), 100.0);
        assert_eq!(Times::new([Duration::from_millis(7)]).quantile(0.99), 7.0);
        assert!(Times::new([]).median().is_nan());
    }
}
