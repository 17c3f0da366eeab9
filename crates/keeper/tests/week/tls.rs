//! Exchanges over TLS, trusted and not, and what must not be in a log.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{pki_types::PrivateKeyDer, ServerConfig};

use crate::{
    exchange::{Exchange, Secure},
    processes::{devnet, key, numbered, Keeper, PATIENCE},
};

const START: u64 = 1_770_357_600;

/// A certificate authority of this test's own.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new() -> Authority {
        let key = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let file = numbered("authority.pem");
        // Two of one name would be taken for each other.
        let name = file.file_name().expect("a name").to_string_lossy();
        parameters
            .distinguished_name
            .push(DnType::CommonName, name.as_ref());
        let certificate = parameters.self_signed(&key).expect("signed");
        std::fs::write(&file, certificate.pem()).expect("written");
        Authority {
            issuer: Issuer::new(parameters, key),
            file,
        }
    }

    /// A server with a certificate for a name.
    fn certify(&self, name: &str) -> Arc<ServerConfig> {
        let key = KeyPair::generate().expect("a key");
        let parameters = CertificateParams::new([name.to_owned()]).expect("a name");
        let certificate = parameters.signed_by(&key, &self.issuer).expect("signed");
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key);
        Arc::new(config.expect("a certificate and its key"))
    }
}

/// A signer whose machine trusts the certificates in a file and no others.
fn signer(pool: alloy_primitives::Address, rpc: &str, market: &Secure, trusted: &Path) -> Keeper {
    let text = format!(
        "rpc = \"{rpc}\"\npool = \"{pool}\"\nlisten = \"127.0.0.1:0\"\n\
         [signer]\nkey = {{ env = \"SMIRK_KEY\" }}\ncurrency = \"ETH\"\nevery = 0.2\nsources = [\
         {{ kind = \"deribit-websocket\", url = \"{}\" }}, {{ kind = \"deribit\", url = \"{}\" }}]\n",
        market.socket_url, market.url
    );
    let mut command = Keeper::command(&text);
    command
        .env("SMIRK_KEY", key(1).0)
        .env("SSL_CERT_FILE", trusted)
        .env_remove("SSL_CERT_DIR");
    Keeper::run(&mut command)
}

fn until(keeper: &Keeper, what: &str, done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE, "{what}: {}", keeper.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Lines about a source that say something.
fn lines(keeper: &Keeper, source: &str, text: &str) -> usize {
    let source = format!("\"source\":\"{source}\"");
    let log = keeper.log();
    let about = log.lines().filter(|line| line.contains(&source));
    about.filter(|line| line.contains(text)).count()
}

#[test]
fn an_exchange_needs_a_certificate_that_is_trusted_and_in_its_name() {
    let (devnet, exchange) = (devnet(START), Exchange::start());
    exchange.set_time(START);
    let rpc = format!("http://{}", devnet.rpc.address);
    let pool = devnet.contract("pool");
    let (known, unknown) = (Authority::new(), Authority::new());
    let market = exchange.secure(known.certify("127.0.0.1"));
    let impostor = exchange.secure(known.certify("exchange.example"));
    for (market, trusted, why) in [
        (&market, &unknown.file, "UnknownIssuer"),
        (&impostor, &known.file, "not valid for name"),
    ] {
        let keeper = signer(pool, &rpc, market, trusted);
        for source in ["deribit-websocket", "deribit"] {
            until(&keeper, "it says why not", || {
                lines(&keeper, source, why) > 0
            });
            assert_eq!(lines(&keeper, source, "\"takes\""), 0, "{}", keeper.log());
        }
        assert_eq!(keeper.answer("/report").0, 503);
        assert_eq!(market.reached(), 0, "nothing was asked");
        assert_eq!(keeper.stop().0, Some(0));
    }

    let keeper = signer(pool, &rpc, &market, &known.file);
    until(&keeper, "the WebSocket is trusted", || {
        lines(&keeper, "deribit-websocket", "\"takes\"") > 0
    });
    exchange.fail("deribit-websocket", true);
    // A clock that stands still has nothing new to sign.
    let begun = Instant::now();
    for second in 1.. {
        exchange.set_time(START + second);
        devnet.rpc.call("evm_increaseTime", serde_json::json!([1]));
        devnet.rpc.call("evm_mine", serde_json::json!([]));
        if lines(&keeper, "deribit", "\"takes\"") > 0 {
            break;
        }
        let waited = begun.elapsed();
        assert!(waited < PATIENCE, "HTTP is trusted: {}", keeper.log());
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(market.reached() > 1);
    let (code, log) = keeper.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains(&key(1).0[2..]), "the key is in the log");
}

#[test]
fn keys_in_addresses_stay_out_of_the_log() {
    let devnet = devnet(START);
    let (pool, address) = (devnet.contract("pool"), devnet.rpc.address.clone());
    let secrets = ["5ecret0fthenode", "t0kenofthenode", "passw0rdofasigner"];
    let configuration = |address: &str| {
        format!(
            "rpc = \"http://{address}/v2/{}?token={}\"\npool = \"{pool}\"\nlisten = \"127.0.0.1:0\"\n\
             [operator]\nkey = {{ env = \"SMIRK_KEY\" }}\nevery = 0.1\n\
             signers = [\"http://signer:{}@{address}/report\"]\n",
            secrets[0], secrets[1], secrets[2]
        )
    };
    let has_none = |text: &str| {
        for secret in secrets.iter().copied().chain([&key(2).0[2..]]) {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
    };
    let mut command = Keeper::command(&configuration(&address));
    let keeper = Keeper::run(command.env("SMIRK_KEY", key(2).0));
    until(&keeper, "the signer does not answer", || {
        keeper.log().contains("passes over")
    });
    drop(devnet);
    until(&keeper, "the node does not answer", || {
        keeper.log().contains("\"fails\"")
    });
    let (code, log) = keeper.stop();
    assert_eq!(code, Some(0), "{log}");
    let shown = format!("error sending request for url (http://{address}/");
    assert!(log.contains(&shown), "addresses are said: {log}");
    has_none(&log);

    // The same at the start, where there is no log yet.
    let mut command = Keeper::command(&configuration(&address));
    let output = command
        .env("SMIRK_KEY", key(2).0)
        .output()
        .expect("it runs");
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains(&shown), "{error}");
    has_none(&error);
}
