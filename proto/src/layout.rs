//! Every NATS name and limit.
