package apitests

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	fiber2 "github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v3"
	echo4 "github.com/labstack/echo/v4"
	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
)

const wantMe = `{"userId":"user_zoe"}`

func TestHandlerOnGin(t *testing.T) {
	w := httptest.NewRecorder()
	c, _ := gin.CreateTestContext(w)
	ctx := authtest.Context(t, core.IdentityData{Subject: "user_zoe"})
	c.Request = httptest.NewRequest("GET", "/api/me", nil).WithContext(ctx)
	meOnGin(c)
	if got := w.Body.String(); got != wantMe {
		t.Errorf("got %s, want %s", got, wantMe)
	}
}

func TestHandlerOnEcho4(t *testing.T) {
	w := httptest.NewRecorder()
	ctx := authtest.Context(t, core.IdentityData{Subject: "user_zoe"})
	r := httptest.NewRequest("GET", "/api/me", nil).WithContext(ctx)
	if err := meOnEcho4(echo4.New().NewContext(r, w)); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(w.Body.String()); got != wantMe {
		t.Errorf("got %s, want %s", got, wantMe)
	}
}

func TestHandlerOnEcho(t *testing.T) {
	w := httptest.NewRecorder()
	ctx := authtest.Context(t, core.IdentityData{Subject: "user_zoe"})
	r := httptest.NewRequest("GET", "/api/me", nil).WithContext(ctx)
	if err := meOnEcho(echo.New().NewContext(r, w)); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(w.Body.String()); got != wantMe {
		t.Errorf("got %s, want %s", got, wantMe)
	}
}

func TestHandlerOnFiber2(t *testing.T) {
	ctx := authtest.Context(t, core.IdentityData{Subject: "user_zoe"})
	app := fiber2.New()
	app.Get("/me", func(c *fiber2.Ctx) error { c.SetUserContext(ctx); return c.Next() }, meOnFiber2)
	res, err := app.Test(httptest.NewRequest("GET", "/me", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got, err := io.ReadAll(res.Body); string(got) != wantMe || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, wantMe)
	}
}

func TestHandlerOnFiber(t *testing.T) {
	ctx := authtest.Context(t, core.IdentityData{Subject: "user_zoe"})
	app := fiber.New()
	app.Get("/me", func(c fiber.Ctx) error { c.SetContext(ctx); return c.Next() }, meOnFiber)
	res, err := app.Test(httptest.NewRequest("GET", "/me", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got, err := io.ReadAll(res.Body); string(got) != wantMe || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, wantMe)
	}
}

func TestHandlerOnChi(t *testing.T) {
	w := httptest.NewRecorder()
	ctx := authtest.Context(t, core.IdentityData{Subject: "user_zoe"})
	meOnChi(w, httptest.NewRequest("GET", "/api/me", nil).WithContext(ctx))
	if got := strings.TrimSpace(w.Body.String()); got != wantMe {
		t.Errorf("got %s, want %s", got, wantMe)
	}
}
