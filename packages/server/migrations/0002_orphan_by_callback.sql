-- A callback is kept under everything it may be matched by, and leaves with all of it at once.
create index orphan_by_callback on becket.orphan (callback_id);
