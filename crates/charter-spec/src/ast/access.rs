//! Who may reach what, within which limits, and what is written down about it.

use crate::ast::DataClass;
use crate::names::{Entries, Field, FileRef, List, Policy, Ref, Secret, target};
use crate::quantity::{Bytes, Count, Duration, Rate};

section! {
    /// Where the gateway listens, who may call, and within which limits.
    pub struct Access {
        /// Address of the data plane: `127.0.0.1:8080`.
        listen: Field<String>,
        /// Address of the gRPC data plane.
        grpc: Field<String>,
        /// Address of the admin plane; on loopback without it.
        admin: Field<String>,
        /// Names under which the gateway may be called.
        hosts: List<String>,
        /// What every route without its own `access` allows.
        @key("default") default_access: Field<crate::ast::RouteAccess>,
        /// Who may call.
        identities: Entries<Identity>,
        /// Rules about who may do what.
        policies: Entries<AccessPolicy>,
        /// What every connection and request must keep.
        limits: Field<Limits>,
        /// Certificates.
        tls: Field<Tls>,
    }
}

section! {
    /// A caller: a workload, a person or a team.
    pub struct Identity {
        /// Its SPIFFE id.
        spiffe: Field<String>,
        /// The issuer of its tokens.
        issuer: Field<String>,
        /// The subject in its tokens.
        subject: Field<String>,
        /// The audience of its tokens.
        audience: Field<String>,
        /// SHA-256 of its key in hex; a key is never written in a charter.
        key_sha256: Field<String>,
        /// What it is allowed.
        roles: List<String>,
        /// How much it may ask.
        quota: Field<Quota>,
        /// Who it is.
        about: Field<String>,
    }
}

section! {
    /// How much a caller may ask.
    pub struct Quota {
        /// Requests per time.
        @above_zero @shorthand rate: Field<Rate>,
        /// Requests at once above the rate.
        @one_or_more burst: Field<Count>,
        /// Rows per time.
        @above_zero rows: Field<Rate>,
        /// Tokens per time.
        @above_zero tokens: Field<Rate>,
        /// Calls at a time.
        @one_or_more concurrency: Field<Count>,
    }
}

section! {
    /// A rule about who may do what.
    pub struct AccessPolicy {
        /// A file of Cedar policies.
        cedar: Field<FileRef<Policy>>,
        /// When access is allowed (CEL).
        allow: Field<String>,
        /// When access is refused (CEL); it wins over `allow`.
        deny: Field<String>,
        /// The routes that it is for; all without it.
        routes: List<Ref<target::Route>>,
        /// Why it is there.
        why: Field<String>,
    }
}

section! {
    /// What every connection and request must keep.
    pub struct Limits {
        /// Most connections.
        @one_or_more connections: Field<Count>,
        /// Most connections from one address.
        @one_or_more connections_per_peer: Field<Count>,
        /// Largest body.
        body: Field<Bytes>,
        /// Largest header.
        header: Field<Bytes>,
        /// How long the first byte may take.
        first_byte_timeout: Field<Duration>,
        /// How long the header may take.
        header_timeout: Field<Duration>,
        /// How long the body may take.
        body_timeout: Field<Duration>,
        /// How long a connection may be idle.
        idle_timeout: Field<Duration>,
        /// How long a request may take in all.
        request_timeout: Field<Duration>,
        /// How long open calls may finish when the gateway stops.
        drain_timeout: Field<Duration>,
        /// Most rows in a request.
        @rows rows_max: Field<Count>,
        /// Requests per time from one address.
        @above_zero rate_per_peer: Field<Rate>,
    }
}

section! {
    /// Certificates of the gateway and of its callers.
    pub struct Tls {
        /// The certificate chain.
        certificate: Field<FileRef<Secret>>,
        /// Its key.
        key: Field<FileRef<Secret>>,
        /// The authorities of callers' certificates; with it callers need one.
        clients: Field<FileRef<Secret>>,
        /// The SPIFFE trust domain of callers.
        trust_domain: Field<String>,
    }
}

section! {
    /// What is written down about calls.
    pub struct Audit {
        /// What happens when a record cannot be written.
        on_failure: Field<AuditFailure>,
        /// How long records are kept.
        retain: Field<Duration>,
        /// Classes of data that are blacked out.
        redact: List<DataClass>,
        /// Fields that are blacked out.
        fields: List<String>,
        /// Whether inputs and outputs are kept.
        bodies: Field<bool>,
        /// How often a checkpoint is signed.
        checkpoint: Field<Duration>,
        /// The key that signs checkpoints.
        key: Field<FileRef<Secret>>,
        /// The routes that are written down; all without it.
        routes: List<Ref<target::Route>>,
    }
}

words! {
    /// What happens when a record cannot be written.
    pub enum AuditFailure {
        /// The call is refused.
        Refuse = "refuse",
        /// The call is answered and an alarm raised.
        Alarm = "alarm",
    }
}
