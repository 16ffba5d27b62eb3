signpost_fuzz(store_record LINKS signpost_store)
signpost_fuzz(store_runtime LINKS signpost_store)
signpost_fuzz(store_key LINKS signpost_store)
signpost_fuzz(limit_state LINKS signpost_store)
