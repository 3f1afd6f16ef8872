//! Whom we trust: Mozilla's roots, and the private authority that `SSL_CERT_FILE` names.

use std::sync::{Arc, OnceLock};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// The configuration for all mail servers, made once.
fn config() -> Arc<ClientConfig> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    Arc::clone(CONFIG.get_or_init(|| Arc::new(client_config(roots()))))
}

/// A client configuration that trusts `roots`, TLS 1.2 and 1.3.
fn client_config(roots: RootCertStore) -> ClientConfig {
    // The provider is named here and not taken from the process, so that no other part can change
    // or forget it.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

fn roots() -> RootCertStore {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let Some(file) = std::env::var_os("SSL_CERT_FILE") else {
        return roots;
    };
    let file = std::path::PathBuf::from(file);
    match CertificateDer::pem_file_iter(&file) {
        Ok(certificates) => {
            let (added, ignored) =
                roots.add_parsable_certificates(certificates.filter_map(Result::ok));
            tracing::info!(file = %file.display(), added, ignored, "trusting the authorities of SSL_CERT_FILE");
        }
        Err(error) => {
            tracing::warn!(file = %file.display(), %error, "SSL_CERT_FILE cannot be read");
        }
    }
    roots
}

/// Encrypts `stream`, whose other end must prove to be `host` (a name or an IP address).
///
/// # Errors
/// The name is none, or the handshake fails; the [`rustls::Error`] lies inside.
pub async fn upgrade(host: &str, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidInput, error))?;
    TlsConnector::from(config()).connect(name, stream).await
}
