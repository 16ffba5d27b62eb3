signpost_fuzz(config LINKS signpost_programs)
signpost_fuzz(socket LINKS signpost_programs)
