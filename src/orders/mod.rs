//! Orders of all platforms in one model: what was bought, where the parcels are, what went back.
//!
//! An order belongs to whoever stands on it. [`matching`] says how sure it is that a message is
//! about an order and whether its writer is shown to be the buyer.

pub mod import;
pub mod line;
pub mod matching;
pub mod order;
pub mod product;
pub mod reading;
pub mod refund;
pub mod return_;
pub mod shipment;
pub mod shipment_event;
#[cfg(test)]
mod tests;
