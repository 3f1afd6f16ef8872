//! Import of orders (under construction in this change).
