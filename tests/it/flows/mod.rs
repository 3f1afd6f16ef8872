//! Long stories: from a customer's mail to what goes out, and what bad input gets.

mod assistant;
mod hostile;
mod loops;
mod machines;
mod marketplaces;
mod senders;
mod sending;
mod threading;
