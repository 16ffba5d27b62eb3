signpost_fuzz(body_hash LINKS signpost_dkim)
signpost_fuzz(dkim_header LINKS signpost_dkim)
signpost_fuzz(dkim_verify LINKS signpost_dkim)
signpost_fuzz(tags LINKS signpost_dkim)
