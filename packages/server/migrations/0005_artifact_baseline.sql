-- What lay at an expectation's artifact address before its work was submitted: what lies there afterwards counts only if it
-- is something else. Null: nobody looked, or no address was known then. Written once.
alter table becket.expectation add column artifact_before jsonb;
