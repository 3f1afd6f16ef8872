//! What a shopper may read of their own. Every query here is bound to the shop and to the
//! address that was shown to be theirs (a mailed code), so that a page of the portal cannot ask
//! for anything else (invariant 5).

pub mod orders;
pub mod talks;
