#include "mail/mime.h"
