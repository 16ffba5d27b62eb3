#include "mail/author.h"
