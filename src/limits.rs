//! Limits on attempts, by key (an address, a network): in memory, swept on a timer. What must
//! survive a restart (attempts at a portal code) is counted in the database.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};

use crate::error::{Error, Result};

/// The limits of the whole installation.
pub struct Limits {
    sign_in: DefaultKeyedRateLimiter<String>,
    codes: DefaultKeyedRateLimiter<String>,
    forms: DefaultKeyedRateLimiter<String>,
    suggestions: DefaultKeyedRateLimiter<String>,
}

/// What is limited.
#[derive(Clone, Copy, Debug)]
pub enum What {
    /// Signing in as an agent: by address and by network.
    SignIn,
    /// Asking for or trying a portal code.
    Code,
    /// Sending a contact form or a reply in the portal.
    Form,
    /// Article suggestions while typing.
    Suggestion,
}

fn quota(per: Duration, burst: u32) -> Quota {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(per)
        .unwrap_or_else(|| Quota::per_second(burst))
        .allow_burst(burst)
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sign_in: RateLimiter::keyed(quota(Duration::from_secs(30), 10)),
            codes: RateLimiter::keyed(quota(Duration::from_secs(60), 8)),
            forms: RateLimiter::keyed(quota(Duration::from_secs(60), 10)),
            suggestions: RateLimiter::keyed(quota(Duration::from_millis(250), 30)),
        }
    }
}

impl Limits {
    /// Counts an attempt.
    ///
    /// # Errors
    /// [`Error::TooMany`] with the seconds to wait.
    pub fn attempt(&self, what: What, key: &str) -> Result<()> {
        let limiter = match what {
            What::SignIn => &self.sign_in,
            What::Code => &self.codes,
            What::Form => &self.forms,
            What::Suggestion => &self.suggestions,
        };
        limiter.check_key(&key.to_lowercase()).map_err(|not_until| {
            Error::TooMany(
                not_until
                    .wait_time_from(DefaultClock::default().now())
                    .as_secs()
                    .max(1),
            )
        })
    }

    /// Forgets keys that are as if they had never come; call it on a timer.
    pub fn sweep(&self) {
        for limiter in [&self.sign_in, &self.codes, &self.forms, &self.suggestions] {
            limiter.retain_recent();
        }
    }
}

/// The key of a network: an IPv4 address, or the /64 of an IPv6 address, as one household or
/// server has at least that.
pub fn network(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let s = v6.segments();
            format!("{:x}:{:x}:{:x}:{:x}::/64", s[0], s[1], s[2], s[3])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_run_out_for_one_key_and_not_for_another() {
        let limits = Limits::default();
        for _ in 0..10 {
            limits.attempt(What::SignIn, "a@example.com").unwrap();
        }
        assert!(
            matches!(limits.attempt(What::SignIn, "A@example.com"), Err(Error::TooMany(s)) if s >= 1)
        );
        limits.attempt(What::SignIn, "b@example.com").unwrap();
    }

    #[test]
    fn a_whole_ipv6_network_counts_as_one() {
        let key = |ip: &str| network(ip.parse().unwrap());
        assert_eq!(key("2001:db8:1:2:3::4"), key("2001:db8:1:2:ffff::1"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
