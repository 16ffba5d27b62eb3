signpost_fuzz(config LINKS signpost_programs)
signpost_fuzz(dns_server LINKS signpost_programs)
signpost_fuzz(socket LINKS signpost_programs)
signpost_fuzz(key_name LINKS signpost_programs)
