package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// retryMails is how soon a mail is tried again that could not be sent.
const retryMails = 30 * time.Second

// mail is a welcome to a user.
type mail struct {
	UserID, Name, Address string
}

// sendMail sends a mail. It is called again for the same mail when it failed, and
// when the process ended before the database knew: give the user's ID as idempotency
// key to a service that sends mails.
type sendMail func(context.Context, mail) error

// logMail writes mails to a log.
func logMail(w io.Writer) sendMail {
	return func(_ context.Context, m mail) error {
		_, err := fmt.Fprintf(w, "mail to %q: welcome, %q\n", m.Address, m.Name) // %q: users choose their names
		return err
	}
}

// mailer sends the mails that handlers have put into the database, which they do in
// the transaction that records the message: a mail belongs to a user, not to a
// delivery.
type mailer struct {
	db   *database
	send sendMail
	wake chan struct{}
}

func newMailer(db *database, send sendMail) *mailer {
	return &mailer{db, send, make(chan struct{}, 1)}
}

// wakeUp makes run look for mails. It does not wait.
func (m *mailer) wakeUp() {
	select {
	case m.wake <- struct{}{}:
	default: // it is about to look
	}
}

// run sends mails until ctx ends, also those that an earlier process has left.
func (m *mailer) run(ctx context.Context) {
	ticker := time.NewTicker(retryMails)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if err := m.sendAll(ctx); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "mails were not sent", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-m.wake:
		case <-ticker.C:
		}
	}
}

// sendAll sends the mails whose user has a verified address.
func (m *mailer) sendAll(ctx context.Context) error {
	waiting, err := list(ctx, m.db.db, func(rows *sql.Rows) (w mail, err error) {
		return w, rows.Scan(&w.UserID, &w.Name, &w.Address)
	}, "SELECT u.id, u.name, u.email FROM welcome_mails w JOIN users u ON u.id = w.user_id WHERE w.sent_at = 0 AND u.email <> '' ORDER BY u.id")
	if err != nil {
		return err
	}
	for _, w := range waiting {
		if err := m.send(ctx, w); err != nil {
			return err
		}
		if _, err := m.db.db.ExecContext(ctx, "UPDATE welcome_mails SET sent_at = ? WHERE user_id = ?", m.db.now().UnixMilli(), w.UserID); err != nil {
			return err
		}
	}
	return nil
}
