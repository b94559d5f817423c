-- Which adapter could not read a quarantined callback, `llamaparse@2`: after it is mended, those of the older one are read again.
alter table becket.callback add column adapter text;
