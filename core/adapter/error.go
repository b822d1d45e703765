package adapter

// Error returns the error code, so that a Refusal is an error for frameworks
// whose handlers return errors. It is never nil inside such an error.
func (r *Refusal) Error() string { return r.Body.Error }

// Unwrap returns Err, so that errors.Is knows the class of the refusal.
func (r *Refusal) Unwrap() error { return r.Err }

// StatusCode returns Status, for error handlers that ask an error for its status.
func (r *Refusal) StatusCode() int { return r.Status }

// MarshalJSON writes Body, for error handlers that send an error as JSON.
func (r *Refusal) MarshalJSON() ([]byte, error) { return r.Body.MarshalJSON() }
