#include "mail/edit.h"
