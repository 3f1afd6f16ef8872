//! What the operator decides, from a TOML file and the environment. What the merchant decides is
//! in `settings/`.

use std::{net::SocketAddr, path::PathBuf};

use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};

/// The operator's settings. An unknown key, in the file or as `KONTOR_…`, is refused.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The data folder: database, key, blobs, models.
    pub data: PathBuf,
    /// The folder of models, where it is not in the data folder.
    pub models: Option<PathBuf>,
    /// Where to listen. Loopback unless told otherwise.
    pub listen: SocketAddr,
    /// The address people reach Kontor at, for links in mails; `http://<listen>` where empty.
    pub base_url: String,
    /// Addresses of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Write outgoing mail as `.eml` files here instead of sending it.
    pub mail_dir: Option<PathBuf>,
    /// Lets Kontor's own requests (to a mail provider's sign-in) reach this machine: for tests.
    pub outgoing_loopback: bool,
    /// Threads of the language model; 0 = one less than there are cores, at least one.
    pub model_threads: usize,
    /// Memory the chat model may use for its context, in tokens.
    pub model_context: u32,
    /// Log lines as JSON.
    pub log_json: bool,
    /// What is logged, as `tracing` filters (`info`, `kontor=debug`).
    pub log: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: default_data(),
            models: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            base_url: String::new(),
            trusted_proxies: Vec::new(),
            mail_dir: None,
            outgoing_loopback: false,
            model_threads: 0,
            model_context: 4096,
            log_json: false,
            log: "info".into(),
        }
    }
}

/// `/var/lib/kontor` for root, else `$XDG_DATA_HOME/kontor` (XDG Base Directory Specification).
fn default_data() -> PathBuf {
    // SAFETY-free way to ask who we are: /proc/self belongs to the effective user.
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0) {
            return PathBuf::from("/var/lib/kontor");
        }
    }
    std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|p| p.is_absolute())
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")))
        .unwrap_or_else(|| PathBuf::from("."))
        .join("kontor")
}

/// What the command line says; it wins over the environment, which wins over the file.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Overrides {
    /// `--data`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// `--listen`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// `--mail-dir`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_dir: Option<PathBuf>,
}

impl Config {
    /// Reads the settings: defaults, then `file` (or `/etc/kontor/kontor.toml` where it exists),
    /// then the environment, then the command line.
    ///
    /// # Errors
    /// A file that cannot be read, a value of the wrong form, an unknown key: with its place.
    pub fn load(file: Option<&std::path::Path>, overrides: &Overrides) -> anyhow::Result<Self> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        match file {
            Some(file) => {
                anyhow::ensure!(
                    file.is_file(),
                    "the configuration file {} does not exist",
                    file.display()
                );
                figment = figment.merge(Toml::file_exact(file));
            }
            None => {
                let system = std::path::Path::new("/etc/kontor/kontor.toml");
                if system.is_file() {
                    figment = figment.merge(Toml::file_exact(system));
                }
            }
        }
        // These are read where they are used, and are no settings.
        let env = Env::prefixed("KONTOR_").ignore(&[
            "config",
            "password",
            "corpora",
            "model_hub",
            "backup_passphrase",
        ]);
        let config: Self = figment
            .merge(env)
            .merge(Serialized::defaults(overrides))
            .extract()?;
        Ok(config)
    }

    /// The address for links, without a slash at its end.
    pub fn public_url(&self) -> String {
        if self.base_url.is_empty() {
            format!("http://{}", self.listen)
        } else {
            self.base_url.trim_end_matches('/').to_owned()
        }
    }

    /// Whether people come by HTTPS: then cookies are `Secure`.
    pub fn is_https(&self) -> bool {
        self.public_url().starts_with("https://")
    }

    /// The folder of models.
    pub fn model_store(&self) -> crate::llm::store::ModelStore {
        match &self.models {
            Some(folder) => crate::llm::store::ModelStore::at(folder.clone()),
            None => crate::llm::store::ModelStore::of_data(&self.data),
        }
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.data.join("kontor.db")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(toml: &str) -> anyhow::Result<Config> {
        let dir = tempfile::tempdir()?;
        let file = dir.path().join("kontor.toml");
        std::fs::write(&file, toml)?;
        Config::load(Some(&file), &Overrides::default())
    }

    #[test]
    fn it_listens_on_loopback_unless_told_otherwise() {
        assert!(Config::default().listen.ip().is_loopback());
        assert_eq!(load("listen = '0.0.0.0:80'").unwrap().listen.port(), 80);
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = load("lisen = '127.0.0.1:1'").unwrap_err().to_string();
        assert!(error.contains("lisen"), "{error}");
    }

    #[test]
    fn a_value_of_the_wrong_form_is_refused() {
        assert!(load("listen = 'here'").is_err());
        assert!(load("trusted_proxies = ['not an address']").is_err());
    }

    #[test]
    fn the_command_line_wins() {
        let overrides = Overrides {
            data: Some("/x".into()),
            ..Default::default()
        };
        assert_eq!(
            Config::load(None, &overrides).unwrap().data,
            PathBuf::from("/x")
        );
    }
}
