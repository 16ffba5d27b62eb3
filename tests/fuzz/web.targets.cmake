# What signpost-web and its reader take from strangers, from each other and from template files.
signpost_fuzz(blocks LINKS signpost_track)
signpost_fuzz(form LINKS signpost_system)
signpost_fuzz(networks LINKS signpost_web)
signpost_fuzz(page LINKS signpost_web)
signpost_fuzz(respond LINKS signpost_web)
signpost_fuzz(spool_record LINKS signpost_web_spool)
