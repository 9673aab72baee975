//! What happens to a user's sets when the user logs out.

/// What removes the sets of a user who logs out.
#[derive(Debug)]
pub(crate) struct LogoutRemoval {
    /// Its name.
    pub by: &'static str,
    /// What it does, and which setting says so.
    pub what: String,
    /// The command, for root, that prevents it for this user.
    pub prevention: Vec<String>,
    /// What else that command does.
    pub effect: &'static str,
}
