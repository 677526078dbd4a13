//! Plans of the lengths transformed last: making a plan takes longer than using it once.

use std::sync::{Arc, Mutex, PoisonError};

use super::plan::Plan;
use crate::error::Result;

/// Plans kept at a time, and the length up to which they are: together some 20 MB at most.
const KEPT: usize = 8;
const LONGEST: usize = 1 << 15;

/// The latest plan is the last.
static PLANS: Mutex<Vec<(usize, Arc<Plan>)>> = Mutex::new(Vec::new());

/// The plan for `n` numbers. Errors: `Memory`.
pub(super) fn plan(n: usize) -> Result<Arc<Plan>> {
    if n > LONGEST {
        return Ok(Arc::new(Plan::new(n)?));
    }
    let lock = || PLANS.lock().unwrap_or_else(PoisonError::into_inner);
    {
        let mut plans = lock();
        if let Some(at) = plans.iter().position(|(length, _)| *length == n) {
            let found = plans.remove(at);
            let plan = Arc::clone(&found.1);
            plans.push(found);
            return Ok(plan);
        }
    }
    // made without the lock, so that other lengths need not wait
    let plan = Arc::new(Plan::new(n)?);
    let mut plans = lock();
    if plans.len() == KEPT {
        plans.remove(0);
    }
    plans.push((n, Arc::clone(&plan)));
    Ok(plan)
}
