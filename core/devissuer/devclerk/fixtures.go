package devclerk

// Invented people, for tests and demonstrations. Each call returns a new session
// that the caller may change.

// Admin is Ada, who gave both factors a minute ago. She is an admin of
// the organization org_acme, which pays for invoices, and may read and create them.
func Admin() Session {
	return Session{
		ID:   "sess_ada",
		User: "user_ada",
		Organization: &Organization{
			ID: "org_acme", Slug: "acme", Role: "org:admin",
			Permissions: []string{"org:invoices:read", "org:invoices:create"},
		},
		Features:  []string{"o:invoices"},
		Plans:     []string{"o:pro"},
		FactorAge: &[2]int{1, 1},
	}
}

// Member is Mo, who signed in two hours ago and has no second factor. He is
// a member of the organization org_acme and may read its invoices.
func Member() Session {
	return Session{
		ID:   "sess_mo",
		User: "user_mo",
		Organization: &Organization{
			ID: "org_acme", Slug: "acme", Role: "org:member",
			Permissions: []string{"org:invoices:read"},
		},
		Features:  []string{"o:invoices"},
		Plans:     []string{"o:pro"},
		FactorAge: &[2]int{120, -1},
	}
}

// Pending is Penny, who signed in and has not yet chosen an organization.
// Clerk counts her as signed out.
func Pending() Session {
	return Session{ID: "sess_penny", User: "user_penny", Pending: true, FactorAge: &[2]int{0, -1}}
}

// Impersonated is a session of Ada's that a colleague opened from the dashboard to
// help her.
func Impersonated() Session {
	s := Admin()
	s.ID = "sess_ada_support"
	s.Actor = Claims{"iss": "https://dashboard.clerk.com", "sub": "user_support", "sid": "sess_support"}
	return s
}

// addFixtures adds the people above, with what a Backend API knows of them.
func (a *api) addFixtures() {
	for _, u := range []User{
		{ID: "user_ada", FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.test", Public: Claims{"role": "admin"}},
		{ID: "user_mo", FirstName: "Mo", LastName: "Salah", Email: "mo@example.test", Public: Claims{"role": "member"}},
		{ID: "user_penny", FirstName: "Penny", Email: "penny@example.test"},
	} {
		a.putUser(u)
	}
	a.putOrganization("org_acme", "acme", "Acme")
	a.putMembership("user_ada", "org_acme", "org:admin", []string{"org:sys_memberships:manage", "org:invoices:read", "org:invoices:create"})
	a.putMembership("user_mo", "org_acme", "org:member", []string{"org:invoices:read"})
}
