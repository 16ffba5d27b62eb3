signpost_fuzz(rate LINKS signpost_policy)
signpost_fuzz(event LINKS signpost_policy)
signpost_fuzz(stream LINKS signpost_policy)
signpost_fuzz(patterns LINKS signpost_policy)
