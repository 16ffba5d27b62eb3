signpost_fuzz(config LINKS signpost_config)
signpost_fuzz(dns_server LINKS signpost_system_dns)
signpost_fuzz(socket LINKS signpost_system)
signpost_fuzz(key_name LINKS signpost_config)
