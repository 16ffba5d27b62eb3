# What signpost-release, which runs as root, takes from the daemon and from its own file.
signpost_fuzz(release_request LINKS signpost_release)
signpost_fuzz(told_record LINKS signpost_release)
