//! The sets of a namespace, and how much of the limits they use.

mod columns;
mod report;
mod summary;
#[cfg(test)]
mod tests;
mod text;

pub use columns::SetColumn;
pub(crate) use report::{
    LimitsReport, NamespaceReport, OwnerReport, SetReport, SetsOverview, SetsReport, SummaryReport,
};
