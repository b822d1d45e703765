package devissuer

// People made up, so that tests and demonstrations need not invent any. Each
// call returns a session of its own, to be changed at will.

// ClerkAdmin is Ada, who gave both her factors a minute ago. She is an admin of
// the organization org_acme, which pays for invoices, and may read and create them.
func ClerkAdmin() ClerkSession {
	return ClerkSession{
		ID:   "sess_ada",
		User: "user_ada",
		Organization: &ClerkOrganization{
			ID: "org_acme", Slug: "acme", Role: "org:admin",
			Permissions: []string{"org:invoices:read", "org:invoices:create"},
		},
		Features:  []string{"o:invoices"},
		Plans:     []string{"o:pro"},
		FactorAge: &[2]int{1, 1},
	}
}

// ClerkMember is Mo, who signed in two hours ago and has no second factor. He is
// a member of the organization org_acme and may read its invoices.
func ClerkMember() ClerkSession {
	return ClerkSession{
		ID:   "sess_mo",
		User: "user_mo",
		Organization: &ClerkOrganization{
			ID: "org_acme", Slug: "acme", Role: "org:member",
			Permissions: []string{"org:invoices:read"},
		},
		Features:  []string{"o:invoices"},
		Plans:     []string{"o:pro"},
		FactorAge: &[2]int{120, -1},
	}
}

// ClerkPending is Penny, who signed in and has not yet chosen an organization.
// Clerk counts her as signed out.
func ClerkPending() ClerkSession {
	return ClerkSession{ID: "sess_penny", User: "user_penny", Pending: true, FactorAge: &[2]int{0, -1}}
}

// ClerkImpersonated is Ada's session as a colleague opened it from the dashboard
// to help her.
func ClerkImpersonated() ClerkSession {
	s := ClerkAdmin()
	s.ID = "sess_ada_support"
	s.Actor = Claims{"iss": "https://dashboard.clerk.com", "sub": "user_support", "sid": "sess_support"}
	return s
}
