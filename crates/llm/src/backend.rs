//! llama.cpp itself: one per process.

use std::path::Path;
use std::sync::OnceLock;

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::{LogOptions, send_logs_to_tracing};

use crate::config::FileCheck;
use crate::error::ModelKind;
use crate::gguf::{self, GgufInfo};

/// Whether this machine's processor can run the models.
///
/// llama.cpp is compiled for x86-64 with AVX2, FMA, F16C and BMI2 (Intel since
/// 2013, AMD since 2015) and checks nothing itself: without them it would die
/// of an illegal instruction.
///
/// # Errors
/// Names what is missing.
pub fn cpu_supported() -> Result<(), String> {
    #[cfg(target_arch = "x86_64")]
    {
        let features = [
            ("AVX2", std::arch::is_x86_feature_detected!("avx2")),
            ("FMA", std::arch::is_x86_feature_detected!("fma")),
            ("F16C", std::arch::is_x86_feature_detected!("f16c")),
            ("BMI2", std::arch::is_x86_feature_detected!("bmi2")),
        ];
        let missing: Vec<_> = features
            .iter()
            .filter(|(_, present)| !present)
            .map(|(name, _)| *name)
            .collect();
        if !missing.is_empty() {
            return Err(format!(
                "this processor lacks {}, which local models need",
                missing.join(", ")
            ));
        }
    }
    Ok(())
}

/// The process's llama.cpp, set up at the first call.
pub(crate) fn backend() -> Result<&'static LlamaBackend, String> {
    static BACKEND: OnceLock<Result<LlamaBackend, String>> = OnceLock::new();
    BACKEND
        .get_or_init(|| {
            cpu_supported()?;
            // llama.cpp tells dozens of lines per model at level INFO. They
            // are of use to whoever debugs this crate, and to nobody else.
            let wanted = tracing::enabled!(tracing::Level::DEBUG);
            send_logs_to_tracing(LogOptions::default().with_logs_enabled(wanted));
            LlamaBackend::init().map_err(|error| error.to_string())
        })
        .as_ref()
        .map_err(Clone::clone)
}

/// Checks a model file and what it is for, then maps it.
pub(crate) fn load_checked(
    path: &Path,
    kind: ModelKind,
    file_check: &FileCheck,
) -> Result<(LlamaModel, GgufInfo), String> {
    let info = gguf::check(path).map_err(|error| format!("{} {error}", path.display()))?;
    if info.kind() != kind {
        return Err(format!("{} is no {kind} model", path.display()));
    }
    file_check.check(path)?;
    Ok((load_model(path)?, info))
}

/// Maps a model file that [`gguf::check`] found sound.
pub(crate) fn load_model(path: &Path) -> Result<LlamaModel, String> {
    let backend = backend()?;
    let params = LlamaModelParams::default();
    LlamaModel::load_from_file(backend, path, &params)
        .map_err(|error| format!("llama.cpp cannot load it ({error}); log level debug tells more"))
}
