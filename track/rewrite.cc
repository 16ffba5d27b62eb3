#include "track/rewrite.h"
