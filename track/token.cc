#include "track/token.h"
